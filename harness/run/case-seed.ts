import { createHash, randomInt } from 'node:crypto';

/** All that is random in a case comes from this: 32 bits out of the run's seed and the case's id, so one case alone gives the same as in its run. */
export function caseSeed(runSeed: number, id: string): number {
  return createHash('sha256').update(`${runSeed}\0${id}`).digest().readUInt32BE(0);
}

export function newRunSeed(): number {
  return randomInt(0, 2 ** 32);
}
