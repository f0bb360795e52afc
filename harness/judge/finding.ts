import { z } from 'zod';

/** What an oracle says. No findings of severity `violation`: the transition is as it should be. */
export const finding = z.object({
  /** 1 to 11, as numbered in docs/design.md. */
  oracle: z.number().int().min(1).max(11),
  /** Stable, kebab-case: `var-not-mounted`. A negative asserts the exact set of these. */
  code: z.string(),
  severity: z.enum(['violation', 'note']),
  /** Reason first, then the object. */
  message: z.string(),
  /** Plain data, bounded. */
  details: z.record(z.string(), z.unknown()).default({}),
  /** Which observation it was seen in. */
  view: z.enum(['live', 'firmware', 'kernel', 'transition']),
});
export type Finding = z.infer<typeof finding>;
