import { readFileSync, writeFileSync } from 'node:fs';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { FileSystemDamage, FileSystemUnsupported } from '../file-system-damage.ts';
import { ScratchDirectory } from '../scratch-directory.ts';
import { debugfs, makeImage } from './built-image.ts';
import type { Ext4 } from './ext4.ts';
import { memoryDevice } from './memory-device.ts';
import { openFirmwareView, openKernelView } from './views.ts';

/** Reads all that can be reached, each inode once. */
function readAll(fs: Ext4): number {
  const seen = new Set<number>();
  const visit = (number: number): void => {
    if (seen.has(number) || seen.size > 500) return;
    seen.add(number);
    const inode = fs.inode(number);
    fs.xattrs(inode);
    if (inode.type === 'symlink') fs.readlink(inode);
    if (inode.type === 'file' && inode.sizeBytes <= 1 << 22) fs.readFile(inode);
    if (inode.type === 'dir') for (const child of fs.readdir(inode)) visit(child.inode);
  };
  visit(2);
  return seen.size;
}

describe('Ext4 on a damaged disk', () => {
  let scratch: ScratchDirectory;
  let good: Buffer;
  /** Byte offsets of structures in the image. */
  const at = { superblock: 1024, descriptor: 2048, fileInode: 0, directoryBlock: 0, extentBlock: 0, xattrBlock: 0 };
  before(async () => {
    scratch = new ScratchDirectory();
    const source = scratch.file('source');
    mkdirSync(join(source, 'dir'), { recursive: true });
    writeFileSync(
      join(source, 'dir/file'),
      Buffer.alloc(20 * 2048, 'one block of text, and none '.repeat(40)).fill(0, 2048, 4096),
    );
    for (let i = 0; i < 10; i++) writeFileSync(join(source, 'dir', `other-${i}`), `${i}`);
    const pieces = Buffer.alloc(24 * 2048);
    for (let i = 0; i < 24; i++) pieces.write(`piece ${i}`, i * 2048);
    writeFileSync(join(source, 'pieces'), pieces);
    writeFileSync(scratch.file('value'), Buffer.alloc(500, 'v'));
    const image = scratch.file('image');
    await makeImage(image, source, ['-b', '1024', '-N', '64', '-O', '^has_journal,^resize_inode'], '1M');
    const text = await debugfs(image, [
      `ea_set -f ${scratch.file('value')} /pieces user.big`,
      'imap /dir/file',
      'blocks /dir',
      'stat /pieces',
    ]);
    good = readFileSync(image);
    const number = (pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? NaN);
    at.fileInode = number(/located at block (\d+)/) * 1024 + parseInt(/offset 0x([0-9a-f]+)/.exec(text)![1]!, 16);
    at.directoryBlock = number(/blocks \/dir\s+(\d+)/) * 1024;
    at.xattrBlock = number(/File ACL: (\d+)/) * 1024;
    at.extentBlock = number(/\(ETB0\):(\d+)/) * 1024;
    expect(Object.values(at).every((value) => value > 0)).to.equal(true);
  });
  after(() => scratch.remove());

  const changed = (offset: number, bytes: number[]): Buffer => {
    const copy = Buffer.from(good);
    Buffer.from(bytes).copy(copy, offset);
    return copy;
  };
  const flipped = (offset: number): Buffer => changed(offset, [good.readUInt8(offset) ^ 1]);

  it('reads the undamaged one whole', () => {
    expect(readAll(openKernelView(memoryDevice(good)))).to.equal(15);
    expect(readAll(openFirmwareView(memoryDevice(good)))).to.equal(15);
  });

  /** A flip that no structure check sees: only the checksum betrays it. */
  const silent: [string, () => number, RegExp][] = [
    ['superblock', () => at.superblock + 0x30, /superblock: checksum/],
    ['group descriptor', () => at.descriptor + 0xc, /descriptor of group 0: checksum/],
    ['inode', () => at.fileInode + 0x10, /inode \d+: checksum/],
    ['directory', () => at.directoryBlock + 1024 - 12 - 1, /directory \d+: checksum/],
    ['extent block', () => at.extentBlock + 1024 - 5, /extent tree of inode \d+: checksum/],
    ['xattr block', () => at.xattrBlock + 0x14, /attributes of inode \d+: checksum/],
  ];
  for (const [what, where, message] of silent)
    it(`sees a silent change of the ${what} in the kernel view, and not in the firmware's`, () => {
      // The last bytes of an extent block are beyond its checksum: take one that is within.
      const offset = what === 'extent block' ? at.extentBlock + 8 : where();
      const device = memoryDevice(flipped(offset));
      expect(() => readAll(openKernelView(device))).to.throw(FileSystemDamage, message);
      expect(readAll(openFirmwareView(device))).to.equal(15);
    });

  const plain: [string, () => Buffer, RegExp][] = [
    ['no magic number', () => changed(at.superblock + 0x38, [0, 0]), /superblock: no ext4 magic/],
    ['an impossible block size', () => changed(at.superblock + 0x18, [9]), /superblock: impossible block size/],
    [
      'more blocks than the device',
      () => changed(at.superblock + 0x4, [0, 0, 1]),
      /superblock: .*do not fit the device/,
    ],
    ['groups of no inodes', () => changed(at.superblock + 0x28, [0, 0, 0, 0]), /superblock: impossible groups/],
    [
      'an inode table outside',
      () => changed(at.descriptor + 0x8, [0xff, 0xff, 0xff]),
      /descriptor of group 0: .*outside/,
    ],
    ['a freed inode', () => changed(at.fileInode, [0, 0]), /inode \d+: in use by name, but free/],
    [
      'an extent tree without magic number',
      () => changed(at.fileInode + 0x28, [0]),
      /extent tree of inode \d+: no magic/,
    ],
    ['an extent outside', () => changed(at.fileInode + 0x28 + 12 + 8, [0xff, 0xff, 0xff]), /extent tree .*outside/],
    ['a tree that is too deep', () => changed(at.fileInode + 0x28 + 6, [6]), /extent tree .*depth 6/],
    ['a name of no length', () => changed(at.directoryBlock + 6, [0]), /directory \d+: impossible name length 0/],
    ['an entry of no length', () => changed(at.directoryBlock + 4, [0, 0]), /directory \d+: impossible entry length 0/],
    ['a name with a slash', () => changed(at.directoryBlock + 8, [0x2f]), /directory \d+: a name with a slash/],
    ['an inode number beyond the last', () => changed(at.directoryBlock + 24, [0xff, 0xff]), /inode 65535: .*only/],
    ['an xattr block without magic number', () => changed(at.xattrBlock + 3, [0]), /attributes of inode \d+: no magic/],
    [
      'an xattr value outside',
      () => changed(at.xattrBlock + 32 + 2, [0xff, 0xff]),
      /attributes of inode \d+: a value is cut off/,
    ],
  ];
  for (const [what, make, message] of plain)
    it(`names ${what}, in the firmware view too`, () => {
      expect(() => readAll(openFirmwareView(memoryDevice(make())))).to.throw(FileSystemDamage, message);
    });

  it('stops at a deleted inode as the kernel does', () => {
    const copy = Buffer.from(good);
    copy.writeUInt16LE(0, at.fileInode + 0x1a);
    expect(() => readAll(openKernelView(memoryDevice(copy)))).to.throw(FileSystemDamage);
    expect(readAll(openFirmwareView(memoryDevice(copy)))).to.equal(15);
  });

  it('refuses features by name', () => {
    const withFeature = (bits: number): Buffer =>
      changed(
        at.superblock + 0x60,
        [0, 8, 16, 24].map((shift) => ((good.readUInt32LE(at.superblock + 0x60) | bits) >>> shift) & 255),
      );
    for (const [bits, name] of [
      [0x10000, 'encrypt'],
      [0x20000, 'casefold'],
      [0x1008, 'journal_dev, dirdata'],
      [0x80000000, '0x80000000'],
    ] as const)
      expect(() => openFirmwareView(memoryDevice(withFeature(bits)))).to.throw(FileSystemUnsupported, name);
  });

  it('never fails on random damage but by its own errors, and always ends', () => {
    const change = fc.tuple(fc.nat(60 * 1024), fc.nat(255));
    const aimed = fc
      .tuple(fc.constantFrom(...Object.keys(at)), fc.nat(255), fc.nat(255))
      .map(([name, offset, byte]): [number, number] => [at[name as keyof typeof at] + offset, byte]);
    fc.assert(
      fc.property(fc.array(fc.oneof(change, aimed), { minLength: 1, maxLength: 6 }), (changes) => {
        const copy = Buffer.from(good);
        for (const [offset, byte] of changes) copy.writeUInt8(byte, offset);
        for (const open of [openFirmwareView, openKernelView])
          try {
            readAll(open(memoryDevice(copy)));
          } catch (error) {
            if (!(error instanceof FileSystemUnsupported)) expect(error).to.be.instanceOf(FileSystemDamage);
          }
      }),
      { numRuns: 150 },
    );
  });
});
