import { z } from 'zod';

/**
 * Kinds of note that reports know how to show. Any other kind is allowed and shown as plain data. They are read leniently:
 * a note that does not fit its kind is shown as plain data too, never dropped.
 */

const imageRef = z.object({
  /** v1, v2 ... */
  name: z.string(),
  /** OSTree commit or OCI digest. */
  digest: z.string(),
});

const writes = z.object({ writtenBytes: z.number(), flushes: z.number() });

const noteKinds = {
  /** One a transition, written when it was judged (or when it could not be). */
  transition: z.object({
    /** Same as in the `judged` event. */
    transition: z.string(),
    kind: z.string(),
    from: imageRef,
    to: imageRef,
    /** Image that runs afterwards, or `neither`. */
    running: z.string().optional(),
    /** What oracle 1 allowed, with its reason when wider than one. */
    expected: z.object({ images: z.array(z.string()), reason: z.string() }).optional(),
    fault: z
      .object({
        kind: z.string(),
        phaseAsked: z.string(),
        /** Absent: the fault was not shown to have taken effect. */
        phaseHit: z.string().optional(),
        position: z.string().optional(),
        lossModel: z.string().optional(),
      })
      .optional(),
  }),
  /** A CutReceipt (harness/device/power.ts). */
  receipt: z.object({
    kind: z.string(),
    lossModel: z.string(),
    at: z.string(),
    proof: z.array(z.string()),
    latencyMs: z.number(),
    offMs: z.number().optional(),
    log: z
      .object({
        base: z.string(),
        entry: z.number(),
        lastFlush: z.number(),
        flushInPhase: z.number(),
        phase: z.string(),
        dropped: z.array(z.tuple([z.number(), z.number()])),
        seed: z.number(),
      })
      .optional(),
  }),
  /** What `bootproof explore` found in one update. */
  exploration: z.object({
    bound: z.string(),
    /** False: ended before all states within the bound were judged. */
    finished: z.boolean(),
    enumerated: z.number(),
    unique: z.number(),
    /** States that were not judged anew, by the argument for it. */
    pruned: z.record(z.string(), z.number()),
    kinds: z.record(z.string(), z.object({ enumerated: z.number(), unique: z.number() })),
    phases: z.record(z.string(), z.number()),
    checked: z.number(),
    disagreements: z.number(),
    wallMs: z.number(),
    judgedMs: z.number(),
    checkedMs: z.number(),
    workers: z.number(),
    peakRssBytes: z.number(),
    base: z.string(),
    /** Cut positions [from, to) explored, and those where writes are dropped at every position. */
    range: z.tuple([z.number(), z.number()]),
    dense: z.tuple([z.number(), z.number()]),
    windows: z.array(z.object({ phase: z.string(), from: z.number(), to: z.number() })),
    commit: z.object({ issued: z.number(), flushed: z.number().optional() }).optional(),
    flushes: z.array(z.number()),
    /** Columns: from, to, states that boot old, that boot new, that are neither. */
    map: z.array(z.tuple([z.number(), z.number(), z.number(), z.number(), z.number()])),
    classes: z.array(
      z.object({
        name: z.string(),
        boots: z.string(),
        states: z.number(),
        sound: z.boolean(),
        state: z.string(),
        phases: z.record(z.string(), z.number()),
        findings: z.array(z.object({ oracle: z.number(), code: z.string(), message: z.string() })),
        lost: z.array(z.object({ entry: z.number(), what: z.string() })),
        last: z.object({ entry: z.number(), what: z.string() }).optional(),
        booted: z.object({ boots: z.string(), then: z.string().optional(), lastLine: z.string() }).optional(),
      }),
    ),
  }),
  /** What the update server served for one transition, as it counted it. */
  'update-cost': z.object({
    transition: z.string(),
    requests: z.number(),
    pulledBytes: z.number(),
    /** Of an image in layers: those asked for, and those that the device had. */
    layers: z.object({ fetched: z.number(), reused: z.number() }).optional(),
  }),
  /** What a recorded update wrote, as the block log has it: in all, and by phase. */
  'update-writes': writes.extend({ phases: z.record(z.string(), writes) }),
  /** How long each phase of an update took; `spans`: each time, with its begin (absent in older records). */
  'phase-times': z.object({
    phasesMs: z.record(z.string(), z.number()),
    spans: z.array(z.object({ phase: z.string(), startedAt: z.string(), durationMs: z.number() })).optional(),
  }),
} as const;

export type NoteKind = keyof typeof noteKinds;
export type NoteData<K extends NoteKind> = z.infer<(typeof noteKinds)[K]>;

/** The data of a note when it is of this kind and fits it. */
export function noteOf<K extends NoteKind>(
  kind: K,
  note: { readonly kind: string; readonly data: unknown },
): NoteData<K> | undefined {
  if (note.kind !== kind) return undefined;
  const parsed = noteKinds[kind].safeParse(note.data);
  return parsed.success ? (parsed.data as NoteData<K>) : undefined;
}
