import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { BenchError } from '../errors/harness-error.ts';
import type { Ledger } from '../record/ledger.ts';
import type { CaseError } from './case-error.ts';

const failures = z.strictObject({
  /** Runs in a row that the bench ended by a failure of its own, oldest first. */
  failed: z.array(z.strictObject({ run: z.string(), at: z.string(), code: z.string(), message: z.string() })),
});
export type BenchFailures = z.infer<typeof failures>;

/** More than these are no news. */
const kept = 20;

/** Somebody has it, or it is out already: that says nothing about the bench. */
const notItsOwn: ReadonlySet<string> = new Set(['bench-busy', 'place-busy', 'bench-quarantined', 'lease-lost']);

/** @throws BenchError `bench-quarantined` when it failed in as many runs in a row as its file allows. */
export async function refuseQuarantined(
  stateDir: string,
  { name, file: { quarantineAfter } }: { name: string; file: { quarantineAfter?: number | undefined } },
): Promise<void> {
  const { failed } = await readFailures(stateDir);
  const last = failed.at(-1);
  if (quarantineAfter === undefined || !last || failed.length < quarantineAfter) return;
  throw new BenchError(
    `In quarantine, it failed in ${failed.length} runs in a row (mended? bootproof benches --readmit ${name}): bench ${name}`,
    {
      code: 'bench-quarantined',
      hint: `the last time: ${last.message} (${last.run})`,
      details: { failed },
    },
  );
}

/** After a run: a bench that ended it by a failure of its own has failed once more, one that brought a case to its verdict is good. */
export async function noteBench(
  stateDir: string,
  name: string,
  ledger: Pick<Ledger, 'run' | 'cases'>,
  poison: CaseError | undefined,
): Promise<void> {
  if (poison) {
    const isBench = poison.kind === 'bench' || poison.kind === 'deadline';
    if (!isBench || notItsOwn.has(poison.code)) return;
    const { failed } = await readFailures(stateDir);
    const { run } = ledger.run;
    const one = { run, at: new Date().toISOString(), code: poison.code, message: poison.message.slice(0, 500) };
    await write(stateDir, { failed: [...failed, one].slice(-kept) });
    return;
  }
  const served = ledger.cases.some(
    ({ started, verdict }) => started?.bench === name && ['passed', 'failed', 'known-issue'].includes(verdict.verdict),
  );
  if (served) await readmit(stateDir);
}

/** @returns whether there was anything to forget. */
export async function readmit(stateDir: string): Promise<boolean> {
  const { failed } = await readFailures(stateDir);
  await rm(pathIn(stateDir), { force: true });
  return failed.length > 0;
}

/** A file that cannot be read counts as none: it holds nothing that could not be seen again. */
export async function readFailures(stateDir: string): Promise<BenchFailures> {
  try {
    return failures.parse(JSON.parse(await readFile(pathIn(stateDir), 'utf8')));
  } catch {
    return { failed: [] };
  }
}

async function write(stateDir: string, value: BenchFailures): Promise<void> {
  await mkdir(stateDir, { recursive: true });
  await writeFile(`${pathIn(stateDir)}.new`, `${JSON.stringify(value, null, 2)}\n`);
  await rename(`${pathIn(stateDir)}.new`, pathIn(stateDir));
}

function pathIn(stateDir: string): string {
  return join(stateDir, 'failures.json');
}
