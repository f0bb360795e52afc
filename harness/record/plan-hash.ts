import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import type { PlannedCase } from './event.ts';

/** sha256 of the canonical JSON of the planned cases, hex: two runs with the same hash planned the same cases in the same order. */
export function planHash(cases: readonly PlannedCase[]): string {
  return createHash('sha256').update(canonicalJson(cases)).digest('hex');
}
