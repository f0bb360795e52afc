import type { BlockDevice } from '../../device/disk.ts';
import { FileSystemDamage } from '../file-system-damage.ts';
import { checkRange } from '../raw-image.ts';
import { Blocks } from './blocks.ts';
import { Checksums } from './checksums.ts';
import { InodeTable } from './inode-table.ts';
import { JournalFile } from './journal-file.ts';
import type { JournalSuperblock } from './journal-format.ts';
import { journalMagic, parseJournalSuperblock } from './journal-format.ts';
import { plainChecks, type JournalChecks } from './journal-checks.ts';
import type { LoggedBlock, Transaction } from './journal-scan.ts';
import { scanJournal } from './journal-scan.ts';
import { readSuperblock } from './superblock.ts';

export interface ReplayReport {
  /** False: there was nothing to replay, and the device is as it was. */
  readonly needed: boolean;
  readonly transactions: number;
  /** Blocks laid over the file system, each counted once. */
  readonly blocks: number;
  /** Logged blocks that a later revoke record took back. */
  readonly revoked: number;
  /** Sequence numbers of the first and the last transaction; absent: none was committed. */
  readonly firstSequence?: number;
  readonly lastSequence?: number;
}

const nothing: ReplayReport = { needed: false, transactions: 0, blocks: 0, revoked: 0 };

export interface Replay {
  readonly report: ReplayReport;
  /** Absent: the file system was left clean, or its journal is empty. */
  readonly journal?: JournalSuperblock;
  readonly blockBytes: number;
  /** The copy in the journal that counts, by block of the file system. */
  readonly latest: ReadonlyMap<number, LoggedBlock>;
  /** What the block holds after replay. The buffer is shared: do not write to it. */
  readonly content: (logged: LoggedBlock) => Buffer;
}

export interface ReplayOptions {
  /** Blocks of the journal that are read at once. Default 64. */
  readonly chunkBlocks?: number;
  /** Default: every checksum is computed. */
  readonly checks?: JournalChecks;
}

/**
 * What the kernel would make of the journal at mount: the committed blocks laid over the device, which itself is not written.
 * The device returned reads through to `device`, which its owner closes.
 * @throws FileSystemDamage where the kernel would refuse to mount; FileSystemUnsupported.
 */
export function replayJournal(device: BlockDevice): { readonly device: BlockDevice; readonly report: ReplayReport } {
  const replay = readReplay(device);
  return { device: replay.latest.size === 0 ? device : overlay(device, replay), report: replay.report };
}

/** The committed blocks themselves. @throws as replayJournal. */
export function readReplay(device: BlockDevice, { chunkBlocks, checks = plainChecks }: ReplayOptions = {}): Replay {
  const superblock = readSuperblock(device, true);
  const { blockBytes } = superblock;
  const none: Replay = { report: nothing, blockBytes, latest: new Map(), content: () => Buffer.alloc(0) };
  if (!superblock.needsRecovery) return none;
  if (superblock.journalInode === 0) throw new FileSystemDamage('superblock', 'needs recovery without a journal');
  const blocks = new Blocks(device, blockBytes, superblock.blocks);
  const checksums = superblock.hasMetadataChecksums ? new Checksums(superblock) : undefined;
  const table = new InodeTable(superblock, blocks, checksums);
  const file = new JournalFile(table, table.read(superblock.journalInode), chunkBlocks);
  const read = (at: number): Buffer => file.read(at);
  const journal = parseJournalSuperblock(read(0), blockBytes, file.length);
  if (journal.start === 0) return none;
  const transactions = scanJournal(journal, read, checks);
  const { latest, revoked } = replay(journal, transactions, read, blocks, checks);
  const report: ReplayReport = { needed: true, transactions: transactions.length, blocks: latest.size, revoked };
  const [first, last] = [transactions[0], transactions.at(-1)];
  return {
    report: first && last ? { ...report, firstSequence: first.sequence, lastSequence: last.sequence } : report,
    journal,
    blockBytes,
    latest,
    content: ({ at, escaped }) => {
      if (!escaped) return read(at);
      // A block that begins with the journal's magic number is logged without it.
      const bytes = Buffer.from(read(at));
      bytes.writeUInt32BE(journalMagic, 0);
      return bytes;
    },
  };
}

/** Blocks of the file system that its journal takes up; none where it has none in itself. @throws FileSystemDamage */
export function journalPlaces(device: BlockDevice): {
  readonly blockBytes: number;
  readonly places: readonly number[];
} {
  const superblock = readSuperblock(device, true);
  const { blockBytes, journalInode } = superblock;
  if (journalInode === 0) return { blockBytes, places: [] };
  const blocks = new Blocks(device, blockBytes, superblock.blocks);
  const checksums = superblock.hasMetadataChecksums ? new Checksums(superblock) : undefined;
  const table = new InodeTable(superblock, blocks, checksums);
  return { blockBytes, places: new JournalFile(table, table.read(journalInode)).places };
}

/** For each block the last logged copy that no revoke record of the same or a later transaction takes back. */
function replay(
  journal: JournalSuperblock,
  transactions: readonly Transaction[],
  read: (at: number) => Buffer,
  blocks: Blocks,
  checks: JournalChecks,
): { latest: Map<number, LoggedBlock>; revoked: number } {
  const revokedBy = new Map<number, number>();
  transactions.forEach((transaction, order) => transaction.revoked.forEach((block) => revokedBy.set(block, order)));
  const latest = new Map<number, LoggedBlock>();
  let revoked = 0;
  transactions.forEach(({ sequence, blocks: logged }, order) => {
    for (const block of logged) {
      if ((revokedBy.get(block.block) ?? -1) >= order) {
        revoked++;
        continue;
      }
      const where = `journal transaction ${sequence}`;
      if (!checks.data(journal, block, sequence, read(block.at)))
        throw new FileSystemDamage(where, `committed, but the copy of block ${block.block} fails its checksum`);
      if (block.block >= blocks.count)
        throw new FileSystemDamage(where, `block ${block.block} is outside the file system of ${blocks.count} blocks`);
      latest.set(block.block, block);
    }
  });
  return { latest, revoked };
}

function overlay(device: BlockDevice, { blockBytes, latest, content }: Replay): BlockDevice {
  return {
    sizeBytes: device.sizeBytes,
    read(offset, length) {
      checkRange(device.sizeBytes, offset, length);
      const result = device.read(offset, length);
      const last = Math.floor((offset + length - 1) / blockBytes);
      for (let block = Math.floor(offset / blockBytes); block <= last; block++) {
        const logged = latest.get(block);
        if (!logged) continue;
        const from = Math.max(offset, block * blockBytes);
        const to = Math.min(offset + length, (block + 1) * blockBytes);
        content(logged).copy(result, from - offset, from - block * blockBytes, to - block * blockBytes);
      }
      return result;
    },
    close() {},
  };
}
