import { blockChecksumHolds, dataChecksumHolds } from './journal-format.ts';
import type { JournalSuperblock, JournalTag } from './journal-format.ts';

/** The checksums of a journal; who reads the same blocks again and again may remember them. */
export interface JournalChecks {
  block(journal: JournalSuperblock, block: Buffer, kind: 'tail' | 'commit'): boolean;
  data(journal: JournalSuperblock, tag: JournalTag, sequence: number, data: Buffer): boolean;
}

export const plainChecks: JournalChecks = { block: blockChecksumHolds, data: dataChecksumHolds };

/** Remembers by buffer: for readers that give the same buffer for the same bytes, and never write to one. */
export function rememberingChecks(): JournalChecks {
  const known = new WeakMap<Buffer, Map<string, boolean>>();
  const remember = (bytes: Buffer, key: string, check: () => boolean): boolean => {
    let sums = known.get(bytes);
    if (!sums) known.set(bytes, (sums = new Map()));
    const holds = sums.get(key);
    if (holds !== undefined) return holds;
    const result = check();
    sums.set(key, result);
    return result;
  };
  return {
    block: (journal, block, kind) =>
      remember(block, `${kind} ${journal.checksumVersion} ${journal.checksumSeed}`, () =>
        blockChecksumHolds(journal, block, kind),
      ),
    data: (journal, tag, sequence, data) =>
      remember(data, `${sequence} ${tag.checksum} ${journal.checksumVersion} ${journal.checksumSeed}`, () =>
        dataChecksumHolds(journal, tag, sequence, data),
      ),
  };
}
