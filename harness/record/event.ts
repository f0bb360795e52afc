import { z } from 'zod';
import { finding } from '../judge/finding.ts';

/** One line of a run's record: append-only JSONL; each carries the hash of the line before it, so truncation and tampering are told apart. */

export const verdictKind = z.enum([
  'passed',
  'failed',
  'broken',
  'not-applicable',
  'known-issue',
  'aborted',
  'not-run',
]);
export type VerdictKind = z.infer<typeof verdictKind>;

export const recordVersion = 1;

const plannedCase = z.object({
  /** `interrupted/boot-swap#1` */
  case: z.string(),
  scenario: z.string(),
  title: z.string(),
  requirements: z.array(z.string()),
  needs: z.array(z.string()),
  bench: z.string(),
  /** The profile does not allow that the case is not applicable. */
  mustApply: z.literal(true).optional(),
  /** The case must fail with exactly these finding codes, or with those of one of the other sets; the image or adapter is broken on purpose. */
  negative: z
    .object({ verdict: verdictKind, codes: z.array(z.string()), orCodes: z.array(z.array(z.string())).optional() })
    .optional(),
});
export type PlannedCase = z.infer<typeof plannedCase>;

const planned = z.object({
  event: z.literal('planned'),
  version: z.literal(recordVersion),
  run: z.string(),
  tool: z.object({
    version: z.string(),
    commit: z.string(),
    /** sha256 of the oracles' sources, hex; absent in older records. */
    oracles: z.string().optional(),
  }),
  /** sha256 of the canonical JSON of `cases`, hex. */
  planHash: z.string(),
  profile: z.string(),
  seed: z.number().int(),
  images: z.record(z.string(), z.unknown()),
  benches: z.record(z.string(), z.unknown()),
  host: z.record(z.string(), z.unknown()),
  cases: z.array(plannedCase),
  /** The accepted failures that verdicts were given with. Absent in older records. */
  knownIssues: z
    .array(
      z.object({
        id: z.string(),
        tracker: z.string(),
        expires: z.string(),
        acceptedBy: z.string(),
        cases: z.array(z.string()),
        codes: z.array(z.string()),
      }),
    )
    .optional(),
});

const caseStarted = z.object({
  event: z.literal('case-started'),
  case: z.string(),
  bench: z.string(),
  seed: z.number().int(),
});

const step = z.object({
  event: z.literal('step'),
  case: z.string(),
  /** acquire, provision, boot, observe, update, fault, judge ... */
  name: z.string(),
  status: z.enum(['passed', 'failed', 'broken']),
  startedAt: z.string(),
  durationMs: z.number(),
  details: z.record(z.string(), z.unknown()).default({}),
});

/** A fact worth a line of its own: an observation (stored beside the record), a receipt, phase times, update cost. */
const note = z.object({
  event: z.literal('note'),
  case: z.string(),
  kind: z.string(),
  data: z.record(z.string(), z.unknown()),
});

const attachment = z.object({
  event: z.literal('attachment'),
  case: z.string(),
  name: z.string(),
  /** Relative to the run's directory. */
  path: z.string(),
  mediaType: z.string(),
  sha256: z.string(),
  sizeBytes: z.number().int(),
});

const judged = z.object({
  event: z.literal('judged'),
  case: z.string(),
  transition: z.string(),
  findings: z.array(finding),
});

/** What a verdict is a function of, beside the plan and the judged transitions: with it anybody can give it again. */
const caseOutcome = z.object({
  /** YYYY-MM-DD (UTC), against which known issues expire. */
  day: z.string(),
  /** Findings that no judged transition holds (oracle 9, a scenario's own), each with its place among all of the case. */
  findings: z.array(z.object({ at: z.number().int(), finding })),
  /** What ended the case early. */
  error: z
    .object({
      kind: z.string(),
      blame: z.enum(['user', 'bench', 'product', 'harness', 'human']),
      code: z.string(),
      message: z.string(),
      /** Where in the update, and whether the bench was proven good, where a silent device is judged by it. */
      details: z.object({ phase: z.string(), benchProven: z.boolean() }).partial(),
    })
    .optional(),
});
export type RecordedOutcome = z.infer<typeof caseOutcome>;

const verdict = z.object({
  event: z.literal('verdict'),
  case: z.string(),
  verdict: verdictKind,
  /** Reason first. Empty for passed. */
  reason: z.string(),
  blame: z.enum(['user', 'bench', 'product', 'harness', 'human']).optional(),
  code: z.string().optional(),
  findingCodes: z.array(z.string()).default([]),
  /**
   * The known issue that this case is filed under. `known-issue`: it failed as filed; `passed`: it unexpectedly did not,
   * which counts as failed so that the entry is taken off the list. `expires` is the last day (YYYY-MM-DD) on which it counts as passed.
   */
  knownIssue: z.object({ tracker: z.string(), expires: z.string().regex(/^\d{4}-\d{2}-\d{2}$/) }).optional(),
  durationMs: z.number(),
  reproduce: z.string(),
  /** Absent in older records, and where no case was begun. */
  outcome: caseOutcome.optional(),
});

const runEnded = z.object({
  event: z.literal('run-ended'),
  exitCode: z.number().int(),
  reason: z.string(),
  durationMs: z.number(),
});

export const recordPayload = z.discriminatedUnion('event', [
  planned,
  caseStarted,
  step,
  note,
  attachment,
  judged,
  verdict,
  runEnded,
]);
/** What a worker sends to the writer: an event without its place in the chain. */
export type RecordPayload = z.input<typeof recordPayload>;

export const recordEvent = z.intersection(
  recordPayload,
  z.object({
    seq: z.number().int(),
    at: z.string(),
    /** sha256 of the line before, hex; 64 zeros for the first. */
    prev: z.string().regex(/^[0-9a-f]{64}$/),
  }),
);
export type RecordEvent = z.infer<typeof recordEvent>;

/** One kind of event as read from a record: `EventOf<'step'>`. */
export type EventOf<K extends RecordEvent['event']> = Extract<RecordEvent, { event: K }>;
