import { expect } from 'chai';
import { Checksums } from './checksums.ts';
import type { Superblock } from './superblock.ts';

/** Root of a hash tree as Linux 6.12 wrote it (a directory of certificates of the reference device), unused entries left out. */
function kernelMadeRoot(): { checksums: Checksums; inode: Buffer; block: Buffer } {
  const block = Buffer.alloc(4096);
  Buffer.from(
    '9e2400000c0001022e0000009d240000f40f02022e2e00000000000001080000fb01020001000000fcb87d7a02000000',
    'hex',
  ).copy(block);
  Buffer.from('0c0000dec9963362', 'hex').copy(block, 4096 - 8);
  const inode = Buffer.alloc(256);
  inode.writeUInt32LE(735189381, 0x64);
  return { checksums: new Checksums({ checksumSeed: 0xefa325e0, inodeBytes: 256 } as Superblock), inode, block };
}

describe('checksum of an indexed directory', () => {
  it('is that of the index where the kernel left the mark of a block of names behind', () => {
    const { checksums, inode, block } = kernelMadeRoot();
    expect(checksums.directoryBlock(9374, inode, block, true)).to.equal(true);
  });

  it('misses no changed hash, block number, count or remainder of the mark', () => {
    for (const at of [36, 40, 44, 34, 4088]) {
      const { checksums, inode, block } = kernelMadeRoot();
      block[at] = block[at]! ^ 1;
      expect(checksums.directoryBlock(9374, inode, block, true), `byte ${at}`).to.equal(false);
    }
  });
});
