import { z } from 'zod';
import { UsageError } from '../errors/harness-error.ts';
import type { CaseLedger, Ledger } from '../record/ledger.ts';

/** What a record says about doing one of its cases again. Everything random hangs on `seed` and the case's id. */
export interface ReplayPlan {
  readonly case: string;
  readonly seed: number;
  readonly imageSet: string;
  /** Commits by image name: what must be the same for it to be the same case. */
  readonly commits: Readonly<Record<string, string>>;
  /** A bench file of the bench that ran the case. */
  readonly bench: {
    readonly name: string;
    readonly target: string;
    readonly expects: string[];
    readonly options?: unknown;
  };
  readonly expected: Outcome;
  readonly tool: { readonly version: string; readonly commit: string };
}

/** How a case ended, as far as it must come again. */
export interface Outcome {
  readonly verdict: string;
  /** Of the findings; of what ended the case where there are none. */
  readonly codes: readonly string[];
  /** `power-cut at boot-swap, entry 1439` ...: what the fault really hit. */
  readonly faults: readonly string[];
}

const benchFacts = z.object({
  target: z.string(),
  expects: z.array(z.string()).default([]),
  options: z.unknown().optional(),
});

/** @throws UsageError `no-such-case`, `case-not-begun`, `record-cannot-replay`. */
export function replayPlanOf(ledger: Ledger, id: string): ReplayPlan {
  const one = ledger.cases.find(({ planned }) => planned.case === id);
  if (!one) {
    const known = ledger.cases.map(({ planned }) => planned.case);
    throw new UsageError(`Not in this run: case ${id}`, {
      code: 'no-such-case',
      hint: `it has ${known.slice(0, 20).join(', ')}`,
    });
  }
  if (!one.started)
    throw new UsageError(`Never begun in this run, so there is nothing to do again: case ${id}`, {
      code: 'case-not-begun',
    });
  const { bench } = one.started;
  const facts = benchFacts.safeParse(ledger.run.benches[bench]);
  const imageSet = z.object({ imageSet: z.object({ name: z.string() }) }).safeParse(ledger.run.host);
  if (!facts.success || !imageSet.success)
    throw new UsageError(`Record does not say enough about bench and images: case ${id}`, {
      code: 'record-cannot-replay',
      hint: `by hand: ${one.verdict.reproduce}`,
    });
  const { target, expects, options } = facts.data;
  return {
    case: id,
    seed: ledger.run.seed,
    imageSet: imageSet.data.imageSet.name,
    commits: commitsOf(ledger),
    bench: { name: bench, target, expects, ...(options === undefined ? {} : { options }) },
    expected: outcomeOf(one),
    tool: ledger.run.tool,
  };
}

const image = z.object({ commit: z.string() });

/** Commits by image name, as a record has them. */
export function commitsOf({ run }: Ledger): Record<string, string> {
  return Object.fromEntries(
    Object.entries(run.images).flatMap(([name, facts]) => {
      const parsed = image.safeParse(facts);
      return parsed.success ? [[name, parsed.data.commit]] : [];
    }),
  );
}

export function outcomeOf({ verdict, notes }: CaseLedger): Outcome {
  const { findingCodes, code } = verdict;
  const codes = findingCodes.length > 0 ? [...new Set(findingCodes)].sort() : code === undefined ? [] : [code];
  return { verdict: verdict.verdict, codes, faults: notes.flatMap(({ kind, data }) => faultOf(kind, data)) };
}

const hit = z.object({ fault: z.object({ kind: z.string(), phaseHit: z.string() }) });
const position = z.object({ log: z.object({ entry: z.number(), dropped: z.array(z.unknown()) }) });

function faultOf(kind: string, data: unknown): string[] {
  const fault = kind === 'transition' ? hit.safeParse(data) : undefined;
  if (fault?.success) return [`${fault.data.fault.kind} at ${fault.data.fault.phaseHit}`];
  const cut = kind === 'receipt' ? position.safeParse(data) : undefined;
  return cut?.success ? [`log entry ${cut.data.log.entry}, ${cut.data.log.dropped.length} writes lost`] : [];
}

/** The same failure, or the same pass: verdict and codes. What the fault hit is told beside it, since a new recording has other positions. */
export function cameAgain(expected: Outcome, now: Outcome): boolean {
  return expected.verdict === now.verdict && expected.codes.join() === now.codes.join();
}
