import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import type { HarnessError } from '../errors/harness-error.ts';
import { BenchError, InternalError } from '../errors/harness-error.ts';
import { RecordedDisk } from './disk-state.ts';
import { LogDamage } from './log-format.ts';
import { LogWriter } from './log-writer.ts';
import { partition } from './partition.ts';
import { RawImage } from './raw-image.ts';
import { ScratchDirectory } from './scratch-directory.ts';

const diskSectors = 64;

describe('DiskState', () => {
  let scratch: ScratchDirectory;
  let basePath: string;
  let logPath: string;
  before(() => {
    scratch = new ScratchDirectory();
    basePath = scratch.file('base');
    logPath = scratch.file('log');
    writeFileSync(basePath, Buffer.alloc(diskSectors * 512, 0xbb));
  });
  after(() => scratch.remove());

  interface Write {
    sector: number;
    sectors: number;
    isDropped: boolean;
    isDiscard: boolean;
  }
  const record = (writes: readonly Write[]): void => {
    const log = new LogWriter(logPath);
    for (const [i, { sector, sectors, isDiscard }] of writes.entries())
      if (isDiscard) log.discard(sector, sectors);
      else log.write(sector, Buffer.alloc(sectors * 512, i + 1));
    log.close();
  };
  const naive = (writes: readonly Write[], entries: number): Buffer => {
    const disk = Buffer.alloc(diskSectors * 512, 0xbb);
    writes.slice(0, entries).forEach(({ sector, sectors, isDropped, isDiscard }, i) => {
      if (!isDropped && !isDiscard) disk.fill(i + 1, sector * 512, (sector + sectors) * 512);
    });
    return disk;
  };
  const droppedOf = (writes: readonly Write[]): Set<number> =>
    new Set(writes.flatMap(({ isDropped }, i) => (isDropped ? [i] : [])));

  const anyWrites = fc.array(
    fc
      .record({
        sector: fc.nat(diskSectors - 1),
        sectors: fc.integer({ min: 1, max: 20 }),
        isDropped: fc.boolean(),
        isDiscard: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      })
      .map((write) => ({ ...write, sectors: Math.min(write.sectors, diskSectors - write.sector) })),
    { maxLength: 25 },
  );

  it('reads as if the writes had been applied one by one', () => {
    fc.assert(
      fc.property(anyWrites, fc.nat(), fc.nat(), fc.nat(), (writes, cut, from, count) => {
        record(writes);
        const entries = cut % (writes.length + 1);
        const disk = RecordedDisk.open({ basePath, logPath });
        const state = disk.at(entries, droppedOf(writes));
        const expected = naive(writes, entries);
        expect(state.read(0, state.sizeBytes)).to.deep.equal(expected);
        const offset = from % state.sizeBytes;
        const length = count % (state.sizeBytes - offset);
        expect(state.read(offset, length)).to.deep.equal(expected.subarray(offset, offset + length));
        expect(state.discards).to.equal(writes.slice(0, entries).filter(({ isDiscard }) => isDiscard).length);
        disk.close();
      }),
      { numRuns: 200 },
    );
  });

  it('writes itself out as the same bytes, and leaves base and log alone', async () => {
    await fc.assert(
      fc.asyncProperty(anyWrites, async (writes) => {
        record(writes);
        const before = [readFileSync(basePath), readFileSync(logPath)];
        const disk = RecordedDisk.open({ basePath, logPath });
        await disk.at(writes.length, droppedOf(writes)).materialise(scratch.file('copy'));
        disk.close();
        expect(readFileSync(scratch.file('copy'))).to.deep.equal(naive(writes, writes.length));
        expect([readFileSync(basePath), readFileSync(logPath)]).to.deep.equal(before);
      }),
      { numRuns: 10 },
    );
  });

  it('keeps holes of a sparse base', async () => {
    const sparse = scratch.file('sparse');
    const { truncateSync } = await import('node:fs');
    writeFileSync(sparse, '');
    truncateSync(sparse, 64 << 20);
    const log = new LogWriter(logPath);
    log.write(8, Buffer.alloc(4096, 1));
    log.close();
    const disk = RecordedDisk.open({ basePath: sparse, logPath });
    await disk.at(1).materialise(scratch.file('sparse-copy'));
    disk.close();
    const { size, blocks } = statSync(scratch.file('sparse-copy'));
    expect(size).to.equal(64 << 20);
    expect(blocks * 512).to.be.lessThan(1 << 20);
  });

  it('blames the bench when there is no room for the copy', async () => {
    record([]);
    const disk = RecordedDisk.open({ basePath, logPath });
    const error: unknown = await disk
      .at(0)
      .materialise(scratch.file('no/such/place'))
      .catch((e: unknown) => e);
    disk.close();
    expect(error).to.be.instanceOf(BenchError);
    expect((error as HarnessError).code).to.equal('disk-copy-failed');
  });

  it('refuses a log of a larger disk, a position beyond the log, and a read beyond the end', () => {
    record([]);
    const log = new LogWriter(logPath);
    log.write(diskSectors - 1, Buffer.alloc(1024));
    log.close();
    expect(() => RecordedDisk.open({ basePath, logPath })).to.throw(LogDamage, /beyond the end/);
    record([]);
    const disk = RecordedDisk.open({ basePath, logPath });
    expect(() => disk.at(1)).to.throw(InternalError, /No such position/);
    expect(() => disk.at(0).read(diskSectors * 512 - 1, 2)).to.throw(InternalError, /beyond the end/);
    disk.close();
  });

  it('reads a raw image that ends within a sector as if zeros followed', () => {
    writeFileSync(scratch.file('short'), Buffer.alloc(700, 5));
    const image = new RawImage(scratch.file('short'));
    expect(image.sizeBytes).to.equal(1024);
    expect(image.read(690, 20)).to.deep.equal(Buffer.concat([Buffer.alloc(10, 5), Buffer.alloc(10)]));
    expect(() => image.read(1000, 25)).to.throw(InternalError);
    const part = partition(image, 512, 512);
    expect(part.read(187, 2)).to.deep.equal(Buffer.from([5, 0]));
    expect(() => part.read(500, 13)).to.throw(InternalError);
    image.close();
  });
});
