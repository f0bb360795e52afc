import { Command } from 'commander';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../errors/harness-error.ts';
import { readFailures, readmit } from '../run/quarantine.ts';
import { benchesDirectory, currentOwner, stateDirectory } from './compose.ts';
import { table } from './table.ts';

const help = `
A bench is busy while a run holds it, and nothing but --steal takes it away. One whose file says \`quarantineAfter: 3\` is out once three runs
in a row ended by a failure of the bench itself, until somebody has looked at it.

Examples:
  bootproof benches
  bootproof benches --readmit rcar-s4
`;

interface BenchState {
  readonly bench: string;
  readonly owner: string | undefined;
  readonly failed: number;
  readonly last: string | undefined;
}

export function benchesCommand(ended: (exitCode: number) => void): Command {
  return new Command('benches')
    .description('Who uses the benches of this host, and which of them failed')
    .option('--readmit <bench>', 'forget that it failed: runs may take it again')
    .option('--json', 'as JSON')
    .addHelpText('after', help)
    .action(async (options: { readmit?: string; json?: boolean }) => {
      if (options.readmit !== undefined) await readmitBench(options.readmit);
      const states = await statesOfBenches();
      const text = options.json ? JSON.stringify({ benches: states }, null, 2) : statesText(states);
      process.stdout.write(`${text}\n`);
      ended(0);
    });
}

/** @throws UsageError `bench-not-quarantined`. */
async function readmitBench(bench: string): Promise<void> {
  const known = (await statesOfBenches()).some(({ bench: name }) => name === bench);
  if (known && (await readmit(stateDirectory(bench)))) return;
  throw new UsageError(`Did not fail: bench ${bench}`, {
    code: 'bench-not-quarantined',
    hint: '`bootproof benches` lists those of this host',
  });
}

async function statesOfBenches(): Promise<BenchState[]> {
  const directory = benchesDirectory();
  const names = (await readdir(directory).catch(() => [])).sort();
  return Promise.all(
    names.map(async (bench) => {
      const owner = await currentOwner(join(directory, bench));
      const { failed } = await readFailures(join(directory, bench));
      const who = owner && `process ${owner.pid} since ${owner.since}${owner.use ? ` (${owner.use})` : ''}`;
      return { bench, owner: who, failed: failed.length, last: failed.at(-1)?.message };
    }),
  );
}

function statesText(states: readonly BenchState[]): string {
  if (states.length === 0) return 'No bench was used on this host yet.';
  const rows = states.map(({ bench, owner, failed, last }) => [
    bench,
    owner ?? 'free',
    failed === 0 ? '-' : `${failed} in a row, last: ${last ?? ''}`,
  ]);
  return table(['bench', 'in use by', 'runs that it ended as a bench'], rows);
}
