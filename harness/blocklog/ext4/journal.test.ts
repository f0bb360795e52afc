import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { FileSystemDamage } from '../file-system-damage.ts';
import { ScratchDirectory } from '../scratch-directory.ts';
import { debugfs, e2fs, makeImage } from './built-image.ts';
import { replayJournal } from './journal.ts';
import { memoryDevice } from './memory-device.ts';
import { openFirmwareView, openKernelView } from './views.ts';

const blockBytes = 1024;
const magic = 0xc03b3998;

/** Journals are written by debugfs, and replayed by e2fsck for comparison. */
describe('replayJournal', function () {
  this.timeout(30_000);
  let scratch: ScratchDirectory;
  let pristine: string;
  let targets: number[];
  let journalBlocks: Set<number>;

  before(async () => {
    scratch = new ScratchDirectory();
    const source = scratch.file('source');
    mkdirSync(source);
    writeFileSync(join(source, 'file'), Buffer.alloc(8 * blockBytes, 'old '));
    pristine = scratch.file('pristine');
    await makeImage(pristine, source, ['-b', '1024', '-N', '64', '-J', 'size=1'], '4M');
    const blocksOf = async (what: string): Promise<number[]> =>
      (await e2fs('debugfs', ['-R', `blocks ${what}`, pristine])).trim().split(/\s+/).map(Number);
    targets = await blocksOf('/file');
    journalBlocks = new Set(await blocksOf('<8>'));
    expect(targets).to.have.length(8);
    expect(journalBlocks.size).to.be.greaterThan(1000);
  });
  after(() => scratch.remove());

  /** Blocks that each begin with a number of their own; -1: with the journal's magic number. */
  const dataFile = (name: string, firsts: readonly number[]): string => {
    const bytes = Buffer.alloc(firsts.length * blockBytes, name);
    firsts.forEach((first, i) => bytes.writeUInt32BE(first === -1 ? magic : first, i * blockBytes));
    writeFileSync(scratch.file(name), bytes);
    return scratch.file(name);
  };
  const withJournal = async (commands: readonly string[]): Promise<string> => {
    const image = scratch.file('image');
    copyFileSync(pristine, image);
    await debugfs(image, commands);
    return image;
  };
  /** Everything but the journal itself and the superblock's block, in which e2fsck notes that it was there. */
  const comparable = (bytes: Buffer): Record<number, string> => {
    const blocks: Record<number, string> = {};
    for (let block = 2; block * blockBytes < bytes.length; block++)
      if (!journalBlocks.has(block))
        blocks[block] = bytes.toString('latin1', block * blockBytes, (block + 1) * blockBytes);
    return blocks;
  };
  const afterReplay = (image: string): Buffer => {
    const bytes = readFileSync(image);
    return replayJournal(memoryDevice(bytes)).device.read(0, bytes.length);
  };
  const differing = (a: Buffer, b: Buffer): number[] => {
    const [left, right] = [comparable(a), comparable(b)];
    return Object.keys(left)
      .map(Number)
      .filter((block) => left[block] !== right[block]);
  };
  const expectAsE2fsck = async (image: string): Promise<void> => {
    const copy = `${image}.fsck`;
    copyFileSync(image, copy);
    await e2fs('e2fsck', ['-fy', '-E', 'journal_only', copy], [0, 1]);
    expect(differing(afterReplay(image), readFileSync(copy))).to.deep.equal([]);
  };
  const list = (blocks: readonly number[]): string => blocks.join(',');
  const logBlocks = (image: string, type: number): number[] => {
    const bytes = readFileSync(image);
    return [...journalBlocks].filter((block) => {
      const at = block * blockBytes;
      return bytes.readUInt32BE(at) === magic && bytes.readUInt32BE(at + 4) === type;
    });
  };
  const flip = (image: string, offset: number): void => {
    const bytes = readFileSync(image);
    bytes.writeUInt8(bytes.readUInt8(offset) ^ 1, offset);
    writeFileSync(image, bytes);
  };

  const kinds: [string, string][] = [
    ['without checksums', 'jo'],
    ['with checksums of version 2', 'jo -c -v 2'],
    ['with checksums of version 3', 'jo -c -v 3'],
  ];
  for (const [what, open] of kinds)
    it(`replays as e2fsck does a journal ${what}: overwritten, revoked and escaped blocks`, async () => {
      const [a, b, c, d, e] = targets as [number, number, number, number, number];
      const image = await withJournal([
        open,
        `jw -b ${list([a, b, c])} ${dataFile('first', [1, 2, 3])}`,
        `jw -b ${list([b, d])} ${dataFile('second', [4, -1])}`,
        `jw -r ${list([c])}`,
        `jw -b ${list([e])} ${dataFile('third', [-1])}`,
        'jc',
      ]);
      const { report } = replayJournal(memoryDevice(readFileSync(image)));
      expect(report).to.include({ needed: true, transactions: 4, blocks: 4, revoked: 1 });
      expect(report.lastSequence! - report.firstSequence!).to.equal(3);
      const bytes = afterReplay(image);
      expect([a, b, d, e].map((block) => bytes.readUInt32BE(block * blockBytes))).to.deep.equal([1, 4, magic, magic]);
      expect(differing(bytes, readFileSync(pristine))).to.have.members([a, b, d, e]);
      await expectAsE2fsck(image);
    });

  it('does not take back what is logged again after the revoke', async () => {
    const [a] = targets as [number];
    const image = await withJournal([
      'jo -c -v 3',
      `jw -b ${a} ${dataFile('first', [1])}`,
      `jw -r ${a}`,
      `jw -b ${a} ${dataFile('second', [2])}`,
      'jc',
    ]);
    expect(afterReplay(image).readUInt32BE(a * blockBytes)).to.equal(2);
    await expectAsE2fsck(image);
  });

  it('lays the copies over the device for reads of any offset and length', async () => {
    const image = await withJournal(['jo', `jw -b ${list(targets)} ${dataFile('all', targets)}`, 'jc']);
    const { device } = replayJournal(memoryDevice(readFileSync(image)));
    const whole = afterReplay(image);
    for (const [offset, length] of [
      [targets[0]! * blockBytes + 3, 5],
      [targets[2]! * blockBytes - 7, 3 * blockBytes],
      [0, 10],
    ] as const)
      expect(device.read(offset, length)).to.deep.equal(whole.subarray(offset, offset + length));
  });

  it('gives the two views of one partition', async () => {
    const image = await withJournal(['jo -c -v 3', `jw -b ${targets[0]} ${dataFile('new', [0x6e657721])}`, 'jc']);
    const device = memoryDevice(readFileSync(image));
    const content = (fs: ReturnType<typeof openFirmwareView>): string =>
      fs.readFile(fs.lookup('/file')!).toString('latin1', 0, 4);
    const kernel = openKernelView(device);
    expect(content(openFirmwareView(device))).to.equal('old ');
    expect(content(kernel)).to.equal('new!');
    expect(kernel.replay).to.include({ needed: true, transactions: 1, blocks: 1 });
  });

  it('has nothing to do for a clean file system', () => {
    const device = memoryDevice(readFileSync(pristine));
    const { device: after, report } = replayJournal(device);
    expect(after).to.equal(device);
    expect(report).to.deep.equal({ needed: false, transactions: 0, blocks: 0, revoked: 0 });
  });

  describe('with a torn end', () => {
    const written = async (open: string): Promise<string> =>
      withJournal([
        open,
        `jw -b ${targets[0]} ${dataFile('first', [1])}`,
        `jw -b ${list(targets.slice(1, 3))} ${dataFile('second', [2, 3])}`,
        'jc',
      ]);
    const expectFirstOnly = async (image: string): Promise<void> => {
      expect(replayJournal(memoryDevice(readFileSync(image))).report).to.include({ transactions: 1, blocks: 1 });
      expect(differing(afterReplay(image), readFileSync(pristine))).to.deep.equal([targets[0]]);
      await expectAsE2fsck(image);
    };

    it('replays up to a transaction without a commit block', async () => {
      const image = await withJournal([
        'jo -c -v 3',
        `jw -b ${targets[0]} ${dataFile('first', [1])}`,
        `jw -b ${list(targets.slice(1, 3))} -c ${dataFile('second', [2, 3])}`,
        'jc',
      ]);
      await expectFirstOnly(image);
    });

    it('replays up to a commit block that fails its checksum', async () => {
      const image = await written('jo -c -v 3');
      flip(image, logBlocks(image, 2)[1]! * blockBytes + 500);
      await expectFirstOnly(image);
    });

    it('replays up to a commit block that never landed', async () => {
      const image = await written('jo');
      flip(image, logBlocks(image, 2)[1]! * blockBytes);
      await expectFirstOnly(image);
    });

    it('refuses, as the kernel does, a committed block that fails its checksum', async () => {
      const image = await written('jo -c -v 3');
      flip(image, (logBlocks(image, 1)[1]! + 1) * blockBytes + 100);
      expect(() => replayJournal(memoryDevice(readFileSync(image)))).to.throw(
        FileSystemDamage,
        new RegExp(`journal transaction \\d+: committed, but the copy of block ${targets[1]} fails`),
      );
    });

    it('refuses, as the kernel does, a committed list of blocks that fails its checksum', async () => {
      const image = await written('jo -c -v 3');
      flip(image, logBlocks(image, 1)[1]! * blockBytes + 900);
      expect(() => openKernelView(memoryDevice(readFileSync(image)))).to.throw(FileSystemDamage, /a block of it fails/);
    });

    it('refuses a journal whose superblock is damaged, and still gives the firmware view', async () => {
      const image = await written('jo -c -v 3');
      flip(image, Math.min(...logBlocks(image, 4)) * blockBytes + 0x18);
      const device = memoryDevice(readFileSync(image));
      expect(() => openKernelView(device)).to.throw(FileSystemDamage, /journal superblock: checksum/);
      expect(openFirmwareView(device).lookup('/file')?.type).to.equal('file');
    });
  });
});
