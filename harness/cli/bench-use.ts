import type { Command } from 'commander';
import { userInfo } from 'node:os';
import { Deadline } from '../device/deadline.ts';
import type { Bench } from '../run/bench.ts';
import { noteBench } from '../run/quarantine.ts';
import type { RunResult } from '../run/run.ts';
import { stateDirectory, stealBenchOf } from './compose.ts';

/** Who takes a bench, what for, and whether somebody who holds it has to go. */
export interface UseOptions {
  readonly reason?: string;
  readonly steal?: string;
}

export function withUse(command: Command): Command {
  return command
    .option('--reason <text>', 'what the benches are taken for: told to others who want one')
    .option('--steal <why>', 'end whoever on this host holds one of the benches; both runs say so');
}

/** `anna: nightly, run 20261121T080501Z-3fa9c1`. */
export function useText(run: string, { reason, steal }: UseOptions): string {
  const why = [reason, steal && `stolen: ${steal}`, `run ${run}`].filter(Boolean).join(', ');
  return `${userName()}: ${why}`;
}

/** Benches that were taken away from somebody, for the record: whose they were, and why. Empty without `--steal`. */
export async function stolenFor(
  benches: readonly Bench[],
  { steal }: UseOptions,
  abort: AbortSignal,
  say: (text: string) => void,
): Promise<{ bench: string; from: string; why: string }[]> {
  if (steal === undefined) return [];
  const stolen = [];
  for (const bench of benches) {
    const owner = await stealBenchOf(bench, new Deadline(`bench ${bench.name}`, 120_000, abort));
    if (!owner) continue;
    const from = `process ${owner.pid} since ${owner.since} (${owner.use ?? 'no reason given'})`;
    say(`${bench.name}: stolen from ${from}`);
    stolen.push({ bench: bench.name, from, why: steal });
  }
  return stolen;
}

/** What a run says about its benches as benches: those that fail again and again are taken out. */
export async function noteBenches(benches: readonly Bench[], { ledger, poison }: RunResult): Promise<void> {
  for (const { name } of benches) await noteBench(stateDirectory(name), name, ledger, poison.get(name));
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user without an entry in passwd.
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}
