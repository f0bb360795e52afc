import { FileSystemDamage, FileSystemUnsupported } from '../file-system-damage.ts';
import { crc32c } from './crc32c.ts';

/** The jbd2 format (Documentation/filesystems/ext4/journal.rst). Big-endian. */
export const journalMagic = 0xc03b3998;
export const blockType = { descriptor: 1, commit: 2, superblockV1: 3, superblockV2: 4, revoke: 5 } as const;

const feature = {
  revoke: 0x1,
  '64bit': 0x2,
  async_commit: 0x4,
  csum_v2: 0x8,
  csum_v3: 0x10,
  fast_commit: 0x20,
} as const;
const knownFeatures = 0x3f;
const checksumV1 = 0x1;
const crc32cType = 4;
const defaultFastCommitBlocks = 256;
const tagFlag = { escaped: 1, sameUuid: 2, last: 8 } as const;

export interface JournalSuperblock {
  readonly blockBytes: number;
  /** The log is the blocks [first, last) of the journal, read in a circle. */
  readonly first: number;
  readonly last: number;
  /** Where the oldest transaction starts; 0: the journal is empty. */
  readonly start: number;
  readonly sequence: number;
  readonly has64bit: boolean;
  readonly hasFastCommit: boolean;
  /** 0: no checksums. */
  readonly checksumVersion: 0 | 2 | 3;
  readonly checksumSeed: number;
}

/** A block that a transaction holds: where it goes, and what its copy in the log must sum to. */
export interface JournalTag {
  readonly block: number;
  readonly escaped: boolean;
  readonly checksum: number;
}

const damage = (what: string): FileSystemDamage => new FileSystemDamage('journal superblock', what);

export function parseJournalSuperblock(bytes: Buffer, blockBytes: number, blocks: number): JournalSuperblock {
  const u32 = (at: number): number => bytes.readUInt32BE(at);
  if (u32(0) !== journalMagic) throw damage('no magic number');
  const isV2 = u32(4) === blockType.superblockV2;
  if (!isV2 && u32(4) !== blockType.superblockV1) throw damage(`block type ${u32(4)}`);
  const incompat = isV2 ? u32(0x28) : 0;
  const has = (bit: number): boolean => (incompat & bit) !== 0;
  const unknown = incompat & ~knownFeatures;
  if (unknown) throw new FileSystemUnsupported(`0x${unknown.toString(16)}`, 'unknown journal feature');
  if (isV2 && u32(0x24) & checksumV1)
    throw new FileSystemUnsupported('journal_checksum (version 1)', 'its journal has checksums of the old kind');
  if (has(feature.csum_v2) && has(feature.csum_v3)) throw damage('checksums of both version 2 and version 3');
  const checksumVersion = has(feature.csum_v3) ? 3 : has(feature.csum_v2) ? 2 : 0;
  if (checksumVersion) {
    if (bytes.readUInt8(0x50) !== crc32cType) throw damage(`unknown checksum type ${bytes.readUInt8(0x50)}`);
    const copy = Buffer.from(bytes.subarray(0, 1024));
    copy.writeUInt32BE(0, 0xfc);
    if (crc32c(0xffffffff, copy) !== u32(0xfc)) throw damage('checksum mismatch');
  }
  if (u32(0xc) !== blockBytes) throw damage(`blocks of ${u32(0xc)} bytes in a file system of ${blockBytes}`);
  const length = u32(0x10);
  const first = u32(0x14);
  const fastBlocks = has(feature.fast_commit) ? u32(0x54) || defaultFastCommitBlocks : 0;
  const last = length - fastBlocks;
  if (length > blocks) throw damage(`${length} blocks long in a file of ${blocks}`);
  if (first < 1 || last <= first) throw damage(`the log is blocks ${first} to ${last}`);
  const start = u32(0x1c);
  if (start !== 0 && (start < first || start >= last)) throw damage(`the log starts at ${start}, outside itself`);
  return {
    blockBytes,
    first,
    last,
    start,
    sequence: u32(0x18),
    has64bit: has(feature['64bit']),
    hasFastCommit: has(feature.fast_commit),
    checksumVersion,
    checksumSeed: crc32c(0xffffffff, bytes.subarray(0x30, 0x40)),
  };
}

export function journalTags(journal: JournalSuperblock, descriptor: Buffer): JournalTag[] {
  const { checksumVersion, has64bit } = journal;
  const tagBytes = checksumVersion === 3 ? 16 : 8 + (checksumVersion === 2 ? 2 : 0) + (has64bit ? 4 : 0);
  const end = descriptor.length - (checksumVersion ? 4 : 0);
  const tags: JournalTag[] = [];
  for (let at = 12; at + tagBytes <= end;) {
    const flags = descriptor.readUInt16BE(at + 6);
    tags.push({
      block: descriptor.readUInt32BE(at) + (has64bit ? descriptor.readUInt32BE(at + 8) * 2 ** 32 : 0),
      escaped: (flags & tagFlag.escaped) !== 0,
      checksum: checksumVersion === 3 ? descriptor.readUInt32BE(at + 12) : descriptor.readUInt16BE(at + 4),
    });
    if (flags & tagFlag.last) break;
    at += tagBytes + (flags & tagFlag.sameUuid ? 0 : 16);
  }
  return tags;
}

/** The blocks that a revoke block takes back. */
export function revokedBlocks(journal: JournalSuperblock, block: Buffer): number[] {
  const end = block.readUInt32BE(12);
  if (end < 16 || end > block.length - (journal.checksumVersion ? 4 : 0))
    throw new FileSystemDamage('journal', `a revoke block of ${end} bytes`);
  const recordBytes = journal.has64bit ? 8 : 4;
  const blocks: number[] = [];
  for (let at = 16; at + recordBytes <= end; at += recordBytes)
    blocks.push(
      journal.has64bit ? block.readUInt32BE(at) * 2 ** 32 + block.readUInt32BE(at + 4) : block.readUInt32BE(at),
    );
  return blocks;
}

/** Descriptor and revoke blocks end with their checksum, a commit block has it in its header. */
export function blockChecksumHolds(journal: JournalSuperblock, block: Buffer, kind: 'tail' | 'commit'): boolean {
  if (!journal.checksumVersion) return true;
  const at = kind === 'tail' ? block.length - 4 : 16;
  const copy = Buffer.from(block);
  copy.writeUInt32BE(0, at);
  return crc32c(journal.checksumSeed, copy) === block.readUInt32BE(at);
}

export function dataChecksumHolds(
  journal: JournalSuperblock,
  tag: JournalTag,
  sequence: number,
  data: Buffer,
): boolean {
  if (!journal.checksumVersion) return true;
  const number = Buffer.allocUnsafe(4);
  number.writeUInt32BE(sequence);
  const sum = crc32c(crc32c(journal.checksumSeed, number), data);
  return (journal.checksumVersion === 3 ? sum : sum & 0xffff) === tag.checksum;
}
