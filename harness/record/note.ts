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
  /** How long each phase of an update took. */
  'phase-times': z.object({ phasesMs: z.record(z.string(), z.number()) }),
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
