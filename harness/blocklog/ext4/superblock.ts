import type { BlockDevice } from '../../device/disk.ts';
import { FileSystemDamage, FileSystemUnsupported } from '../file-system-damage.ts';
import { crc32c } from './crc32c.ts';
import { compat, incompat, roCompat, unreadable } from './features.ts';

/** What a reader needs of an ext4 superblock (kernel: Documentation/filesystems/ext4/super.rst). */
export interface Superblock {
  readonly label: string;
  readonly uuid: Buffer;
  readonly blockBytes: number;
  readonly blocks: number;
  readonly freeBlocks: number;
  readonly inodes: number;
  readonly firstDataBlock: number;
  readonly blocksPerGroup: number;
  readonly inodesPerGroup: number;
  readonly inodeBytes: number;
  readonly groups: number;
  readonly descriptorBytes: number;
  /** First group whose descriptors stand in the group itself. Only with meta_bg. */
  readonly firstMetaGroup: number;
  readonly hasMetaGroups: boolean;
  /** True for a group with a copy of the superblock, which comes before its descriptors. */
  readonly hasCopy: (group: number) => boolean;
  readonly needsRecovery: boolean;
  readonly journalInode: number;
  readonly hasMetadataChecksums: boolean;
  /** Start value of every metadata checksum. */
  readonly checksumSeed: number;
}

const offset = 1024;
const superblockBytes = 1024;

/** @throws FileSystemDamage, FileSystemUnsupported */
export function readSuperblock(device: BlockDevice, verify: boolean): Superblock {
  const damage = (what: string): FileSystemDamage => new FileSystemDamage('superblock', what);
  if (device.sizeBytes < offset + superblockBytes) throw damage('the device is too small for one');
  const bytes = device.read(offset, superblockBytes);
  const u16 = (at: number): number => bytes.readUInt16LE(at);
  const u32 = (at: number): number => bytes.readUInt32LE(at);
  if (u16(0x38) !== 0xef53) throw damage('no ext4 magic number');
  const has = (bit: number): boolean => (u32(0x60) & bit) !== 0;
  const unknown = unreadable(u32(0x60));
  if (unknown.length > 0) throw new FileSystemUnsupported(unknown.join(', '), `ext4 feature ${unknown.join(', ')}`);
  const hasMetadataChecksums = (u32(0x64) & roCompat.metadata_csum) !== 0;
  if (verify && hasMetadataChecksums && crc32c(0xffffffff, bytes.subarray(0, 0x3fc)) !== u32(0x3fc))
    throw damage('checksum mismatch');
  const dynamic = u32(0x4c) >= 1;
  const is64 = has(incompat['64bit']);
  const logBlock = u32(0x18);
  if (logBlock > 6) throw damage(`impossible block size 2^${logBlock + 10}`);
  const blockBytes = 1024 << logBlock;
  const uuid = Buffer.from(bytes.subarray(0x68, 0x78));
  const blocks = u32(0x4) + (is64 ? u32(0x150) * 2 ** 32 : 0);
  const firstDataBlock = u32(0x14);
  const blocksPerGroup = u32(0x20);
  const inodesPerGroup = u32(0x28);
  const inodeBytes = dynamic ? u16(0x58) : 128;
  const descriptorBytes = is64 ? u16(0xfe) : 32;
  if (inodeBytes < 128 || inodeBytes > blockBytes || (inodeBytes & (inodeBytes - 1)) !== 0)
    throw damage(`impossible inode size ${inodeBytes}`);
  if (descriptorBytes < 32 || descriptorBytes > 1024 || (descriptorBytes & (descriptorBytes - 1)) !== 0)
    throw damage(`impossible group descriptor size ${descriptorBytes}`);
  if (blocksPerGroup === 0 || inodesPerGroup === 0 || inodesPerGroup > blockBytes * 8)
    throw damage(`impossible groups of ${blocksPerGroup} blocks, ${inodesPerGroup} inodes`);
  if (firstDataBlock > (blockBytes === 1024 ? 1 : 0)) throw damage(`impossible first data block ${firstDataBlock}`);
  if (blocks <= firstDataBlock || blocks * blockBytes > device.sizeBytes)
    throw damage(`${blocks} blocks do not fit the device (${device.sizeBytes} bytes)`);
  const groups = Math.ceil((blocks - firstDataBlock) / blocksPerGroup);
  if (u32(0x0) > groups * inodesPerGroup) throw damage(`${u32(0x0)} inodes do not fit ${groups} groups`);
  return {
    label: cString(bytes.subarray(0x78, 0x88)),
    uuid,
    blockBytes,
    blocks,
    freeBlocks: u32(0xc) + (is64 ? u32(0x158) * 2 ** 32 : 0),
    inodes: u32(0x0),
    firstDataBlock,
    blocksPerGroup,
    inodesPerGroup,
    inodeBytes,
    groups,
    descriptorBytes,
    firstMetaGroup: u32(0x104),
    hasMetaGroups: has(incompat.meta_bg),
    hasCopy: copyRule(u32(0x5c), u32(0x64), [u32(0x24c), u32(0x250)]),
    needsRecovery: has(incompat.needs_recovery),
    journalInode: journalInode(u32(0x5c), u32(0xe0), u32(0xe4)),
    hasMetadataChecksums,
    checksumSeed: has(incompat.metadata_csum_seed) ? u32(0x270) : crc32c(0xffffffff, uuid),
  };
}

function copyRule(compatBits: number, roBits: number, listed: readonly number[]): (group: number) => boolean {
  if (compatBits & compat.sparse_super2) return (group) => group === 0 || listed.includes(group);
  if ((roBits & roCompat.sparse_super) === 0) return () => true;
  return (group) => group <= 1 || [3, 5, 7].some((root) => isPower(group, root));
}

function isPower(value: number, root: number): boolean {
  let power = root;
  while (power < value) power *= root;
  return power === value;
}

/** 0: no journal. */
function journalInode(compatBits: number, inode: number, device: number): number {
  if ((compatBits & compat.has_journal) === 0) return 0;
  if (device !== 0) throw new FileSystemUnsupported('an external journal', 'its journal is on another device');
  return inode;
}

const cString = (bytes: Buffer): string => bytes.toString('utf8').replace(/\0.*$/s, '');
