import { ProductError } from '../../errors/harness-error.ts';

/** Hears of each part of a disk that could not be read, `where` in words: `the kernel of ostree-1.conf`. */
export type OnDamage = (where: string, error: ProductError) => void;

/** Reads a part; when the disk's structures do not hold, tells `onDamage` and goes on without it. */
export function readOr<T>(fallback: T, where: string, onDamage: OnDamage, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ProductError)) throw error;
    onDamage(where, error);
    return fallback;
  }
}
