import { Command, InvalidArgumentError } from 'commander';
import { UsageError } from '../errors/harness-error.ts';
import { keepMark, removeRuns, runsIn, toRemove, total, type KeptRun, type Limits } from '../run/retention.ts';
import { table } from './table.ts';

const help = `
Runs that passed go before runs that did not; the newest stays, and so does one with a file named ${keepMark} in it.
\`bootproof run --quota 50G\` does the same before it begins.

Examples:
  bootproof prune --days 90 --quota 200G --dry-run
  touch runs/20261121T080501Z-3fa9c1/${keepMark}
`;

export function pruneCommand(ended: (exitCode: number) => void): Command {
  return new Command('prune')
    .description('Remove old runs: by age, and by the room that all of them take')
    .option('--out <dir>', 'where directories of runs are', 'runs')
    .option('--days <n>', 'runs older than this go', whole)
    .option('--quota <size>', 'as long as all take more than this, the oldest go: 500M, 50G', size)
    .option('--dry-run', 'only say which')
    .addHelpText('after', help)
    .action(async (options: { out: string; days?: number; quota?: number; dryRun?: boolean }) => {
      const { days, quota } = options;
      if (days === undefined && quota === undefined)
        throw new UsageError('What may stay? --days and --quota are missing', {
          code: 'no-limit',
          hint: '--days 90 --quota 200G',
        });
      const limits = { maxAgeMs: days === undefined ? undefined : days * 24 * 3600 * 1000, maxBytes: quota };
      const { runs, removed } = await prune(options.out, limits, options.dryRun ?? false);
      process.stdout.write(`${pruneText(runs, removed, options.dryRun ?? false)}\n`);
      ended(0);
    });
}

/** Removes what the limits say, oldest first. */
export async function prune(
  out: string,
  limits: Limits,
  isDry = false,
): Promise<{ runs: KeptRun[]; removed: KeptRun[] }> {
  const runs = await runsIn(out);
  const removed = toRemove(runs, limits);
  if (!isDry) await removeRuns(out, removed);
  return { runs, removed };
}

function pruneText(runs: readonly KeptRun[], removed: readonly KeptRun[], isDry: boolean): string {
  const rows = removed.map(({ id, sizeBytes, exitCode }) => [id, mebibytes(sizeBytes), String(exitCode ?? 'killed')]);
  const said = `${isDry ? 'would remove' : 'removed'} ${removed.length} of ${runs.length} runs, ${mebibytes(total(removed))} of ${mebibytes(total(runs))}`;
  return rows.length === 0 ? said : `${table(['run', 'size', 'exit code'], rows)}\n\n${said}`;
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MiB`;
}

function whole(value: string): number {
  if (!/^\d{1,6}$/.test(value)) throw new InvalidArgumentError('a whole number of days');
  return Number(value);
}

/** `50G`, `500M`: in steps of 1024. */
export function size(value: string): number {
  const [, number, unit = ''] = /^(\d{1,6})([MGT])$/i.exec(value) ?? [];
  const power = { M: 2, G: 3, T: 4 }[unit.toUpperCase()];
  if (number === undefined || power === undefined) throw new InvalidArgumentError('a size such as 500M, 50G or 2T');
  return Number(number) * 1024 ** power;
}
