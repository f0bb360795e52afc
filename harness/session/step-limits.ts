import type { Deadline } from '../device/deadline.ts';

/**
 * Budgets of single steps, milliseconds; a case's own deadline bounds them all. Provisioning a board writes all of its storage and reads it
 * back: minutes for a card.
 */
const limitMs = { observe: 180_000, canaries: 60_000, client: 300_000, boot: 240_000, provision: 600_000 } as const;

export type LimitedStep = keyof typeof limitMs;

export const limitOf =
  (deadline: Deadline) =>
  (what: LimitedStep): Deadline =>
    deadline.within(what, limitMs[what]);
