import { z } from 'zod';
import { reporter } from './evidence.ts';
import type { Finding } from './finding.ts';

/** How it went on from a state: which system ran after the update was asked for again, and after a rollback. Names of images; `neither` and its like too. */
export const recovery = z.object({
  asked: z.string(),
  updated: z.string(),
  /** Absent: there was one deployment, and nothing to go back to. */
  rollback: z.object({ to: z.string(), running: z.string() }).optional(),
});
export type Recovery = z.infer<typeof recovery>;

const { violation } = reporter(9, 'live');

/** Oracle 9: the update can be completed from here, and a rollback boots from here. */
export function judgeRecovery({ asked, updated, rollback }: Recovery): Finding[] {
  if (updated !== asked) {
    const message = `The update cannot be completed from here: ${updated} runs`;
    return [violation('update-not-completable', message, { asked, updated })];
  }
  if (!rollback || rollback.running === rollback.to) return [];
  const message = `Rollback does not boot from here: ${rollback.running} runs`;
  return [violation('rollback-does-not-boot', message, rollback)];
}
