import { FileSystemDamage, FileSystemUnsupported } from '../file-system-damage.ts';
import type { JournalSuperblock, JournalTag } from './journal-format.ts';
import type { JournalChecks } from './journal-checks.ts';
import { plainChecks } from './journal-checks.ts';
import { blockType, journalMagic, journalTags, revokedBlocks } from './journal-format.ts';

/** A block in a transaction, with its place in the log. */
export interface LoggedBlock extends JournalTag {
  readonly at: number;
}

export interface Transaction {
  readonly sequence: number;
  readonly blocks: readonly LoggedBlock[];
  readonly revoked: readonly number[];
}

export type ReadLogBlock = (at: number) => Buffer;

const fastCommitHead = 9;

/**
 * The committed transactions in the log, oldest first, found as the kernel finds them (fs/jbd2/recovery.c, do_one_pass): the
 * log ends at the first block that does not continue it, at a commit block that fails its checksum, and at stale blocks,
 * which betray themselves by a commit time that goes back.
 * @throws FileSystemDamage where the kernel would refuse to mount; FileSystemUnsupported for fast commits to be replayed.
 */
export function scanJournal(
  journal: JournalSuperblock,
  read: ReadLogBlock,
  checks: JournalChecks = plainChecks,
): Transaction[] {
  const committed: Transaction[] = [];
  let sequence = journal.sequence;
  let next = journal.start;
  let visited = 0;
  let lastTime = 0n;
  let isSuspect = false;
  let blocks: LoggedBlock[] = [];
  let revoked: number[] = [];
  const step = (): number => {
    if (++visited > journal.last - journal.first) throw new FileSystemDamage('journal', 'the log has no end');
    const at = next++;
    if (next >= journal.last) next = journal.first;
    return at;
  };

  scan: for (;;) {
    const at = next;
    const block = read(at);
    if (block.readUInt32BE(0) !== journalMagic || block.readUInt32BE(8) !== sequence) break;
    switch (block.readUInt32BE(4)) {
      case blockType.descriptor:
        step();
        if (!checks.block(journal, block, 'tail')) isSuspect = true;
        for (const tag of journalTags(journal, block)) blocks.push({ ...tag, at: step() });
        break;
      case blockType.revoke:
        step();
        if (!checks.block(journal, block, 'tail')) isSuspect = true;
        else revoked.push(...revokedBlocks(journal, block));
        break;
      case blockType.commit: {
        step();
        const time = block.readBigUInt64BE(48);
        if (isSuspect) {
          if (time < lastTime) break scan;
          throw new FileSystemDamage(
            `journal transaction ${sequence}`,
            'committed, but a block of it fails its checksum',
          );
        }
        if (!checks.block(journal, block, 'commit')) break scan;
        committed.push({ sequence, blocks, revoked });
        lastTime = time;
        sequence = (sequence + 1) >>> 0;
        blocks = [];
        revoked = [];
        break;
      }
      default:
        break scan;
    }
  }
  refuseFastCommits(journal, read, sequence);
  return committed;
}

/** Fast commits follow the log in an area of their own, and count when they name the transaction that comes next. */
function refuseFastCommits(journal: JournalSuperblock, read: ReadLogBlock, sequence: number): void {
  if (!journal.hasFastCommit) return;
  const block = read(journal.last + 1);
  if (block.readUInt16LE(0) === fastCommitHead && block.readUInt32LE(8) === sequence)
    throw new FileSystemUnsupported('fast_commit', 'its journal holds fast commits that are to be replayed');
}
