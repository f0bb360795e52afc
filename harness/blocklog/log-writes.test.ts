import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { LogDamage, logFlags } from './log-format.ts';
import { LogWriter } from './log-writer.ts';
import { LogWrites } from './log-writes.ts';
import { ScratchDirectory } from './scratch-directory.ts';

describe('LogWrites', () => {
  let scratch: ScratchDirectory;
  let path: string;
  before(() => {
    scratch = new ScratchDirectory();
    path = scratch.file('log');
  });
  after(() => scratch.remove());

  const write = (fill: (log: LogWriter) => void, options = {}): void => {
    const log = new LogWriter(path, options);
    fill(log);
    log.close();
  };
  const read = <T>(use: (log: LogWrites) => T, options = {}): T => {
    const log = LogWrites.open(path, options);
    try {
      return use(log);
    } finally {
      log.close();
    }
  };
  const patch = (at: number, value: bigint): void => {
    const bytes = readFileSync(path);
    bytes.writeBigUInt64LE(value, at);
    writeFileSync(path, bytes);
  };
  const two = (): void =>
    write((log) => {
      log.write(8, Buffer.alloc(1024, 1));
      log.write(16, Buffer.alloc(512, 2));
    });

  it('reads a log as the QEMU block driver writes it', () => {
    // Superblock, one write of 512 bytes at sector 24, one flush, one discard.
    const bytes = Buffer.alloc(512 * 5);
    bytes.write('7268737766736a000100000000000000', 0, 'hex');
    bytes.write('03000000000000000002', 16, 'hex');
    bytes.writeBigUInt64LE(24n, 512);
    bytes.writeBigUInt64LE(1n, 520);
    bytes.fill(7, 1024, 1536);
    bytes.writeBigUInt64LE(1n, 1536 + 16);
    bytes.writeBigUInt64LE(64n, 2048);
    bytes.writeBigUInt64LE(8n, 2056);
    bytes.writeBigUInt64LE(4n, 2064);
    writeFileSync(path, bytes);
    read((log) => {
      expect(log.promised).to.equal(3);
      expect([...log.entries()]).to.deep.equal([
        { index: 0, sector: 24, sectors: 1, flags: 0, dataOffset: 1024, dataLength: 512 },
        { index: 1, sector: 0, sectors: 0, flags: logFlags.flush, dataOffset: 2048, dataLength: 0 },
        { index: 2, sector: 64, sectors: 8, flags: logFlags.discard, dataOffset: 2560, dataLength: 0 },
      ]);
      expect(log.payload(0)).to.deep.equal(Buffer.alloc(512, 7));
    });
  });

  it('reads back what was written, whatever the sector size and the state of the superblock', () => {
    const operation = fc.record({
      kind: fc.constantFrom('write', 'flush', 'discard', 'mark', 'fua'),
      at: fc.nat(1000),
      count: fc.integer({ min: 1, max: 20 }),
    });
    fc.assert(
      fc.property(
        fc.array(operation, { maxLength: 30 }),
        fc.constantFrom(512, 1024, 4096),
        fc.constantFrom('always' as const, 'never' as const),
        (operations, unit, superblock) => {
          const scale = unit / 512;
          write(
            (log) => {
              for (const [i, { kind, at, count }] of operations.entries()) {
                const data = Buffer.alloc(count * unit, i + 1);
                if (kind === 'write') log.write(at * scale, data);
                else if (kind === 'fua') log.write(at * scale, data, logFlags.fua);
                else if (kind === 'flush') log.flush();
                else if (kind === 'discard') log.discard(at * scale, count * scale);
                else log.mark(`mark ${i}`);
              }
            },
            { sectorSizeBytes: unit, superblock },
          );
          read((log) => {
            expect(log.length).to.equal(operations.length);
            expect(log.torn).to.equal(undefined);
            for (const [i, { kind, at, count }] of operations.entries()) {
              const { sector, sectors } = log.entry(i);
              expect(log.has(i, 'flush')).to.equal(kind === 'flush');
              expect(log.has(i, 'discard')).to.equal(kind === 'discard');
              expect(log.has(i, 'fua')).to.equal(kind === 'fua');
              expect(log.mark(i)).to.equal(kind === 'mark' ? `mark ${i}` : undefined);
              if (kind === 'flush' || kind === 'mark') continue;
              expect([sector, sectors]).to.deep.equal([at * scale, count * scale]);
              if (kind !== 'discard') expect(log.payload(i)).to.deep.equal(Buffer.alloc(count * unit, i + 1));
            }
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('never fails on random bytes but by its own error', () => {
    const header = fc
      .tuple(fc.nat(70), fc.nat(3), fc.nat(40), fc.nat(600))
      .map((values) => Buffer.concat(values.map((value) => Buffer.from([value & 255, value >> 8, 0, 0, 0, 0, 0, 0]))));
    const noise = fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes));
    const sector = fc.oneof(header, noise).map((bytes) => Buffer.concat([bytes, Buffer.alloc(512)]).subarray(0, 512));
    fc.assert(
      fc.property(fc.array(sector, { maxLength: 12 }), fc.boolean(), noise, (sectors, hasSuperblock, tail) => {
        write(() => {});
        if (!hasSuperblock) truncateSync(path, 0);
        appendFileSync(path, Buffer.concat([...sectors, tail]));
        try {
          read((log) => [...log.entries()].forEach(({ index }) => log.payload(index)));
        } catch (error) {
          expect(error).to.be.instanceOf(LogDamage);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('drops a torn last entry and reports it', () => {
    two();
    truncateSync(path, readFileSync(path).length - 100);
    read((log) => {
      expect(log.length).to.equal(1);
      expect(log.torn).to.deep.equal({ index: 1, offset: 2048, bytes: 924, reason: 'the payload is cut off' });
    });
    truncateSync(path, 2048 + 10);
    expect(read((log) => log.torn?.reason)).to.equal('the header is cut off');
  });

  it('ends at a header that was in flight when the recorder was killed', () => {
    two();
    appendFileSync(path, Buffer.alloc(4096));
    read((log) => {
      expect(log.length).to.equal(2);
      expect(log.torn?.reason).to.equal('the header was never written');
    });
  });

  it('refuses a hole that is no tail', () => {
    two();
    patch(16, 100_000n);
    appendFileSync(path, Buffer.alloc(512));
    expect(() => read(() => {})).to.throw(LogDamage, /entry 2 .* header is empty/);
  });

  it('reads a log that has no superblock yet, and goes on as the file grows', () => {
    two();
    const whole = readFileSync(path);
    whole.fill(0, 0, 512);
    writeFileSync(path, whole.subarray(0, 2048));
    read((log) => {
      expect(log.length).to.equal(1);
      writeFileSync(path, whole.subarray(0, 2048 + 600));
      expect(log.refresh()).to.equal(1);
      expect(log.torn?.index).to.equal(1);
      writeFileSync(path, whole);
      expect(log.refresh()).to.equal(2);
      expect(log.torn).to.equal(undefined);
    });
  });

  it('turns a size of the log file into a position', () => {
    two();
    read((log) => {
      expect([0, 512, 2047, 2048, 3071, 3072, 9999].map((bytes) => log.entriesBefore(bytes))).to.deep.equal([
        0, 0, 0, 1, 1, 2, 2,
      ]);
    });
  });

  const broken: [string, number, bigint, RegExp][] = [
    ['another magic number', 0, 1n, /magic/],
    ['another version', 8, 2n, /version 2/],
    ['an impossible sector size', 24, 513n, /sector size 513/],
    ['an unknown flag', 512 + 16, 64n, /entry 0 .*flags 0x40/],
    ['a sector beyond any disk', 512, 2n ** 60n, /entry 0 .*impossible extent/],
    ['a sector beyond this disk', 512, 2047n, /entry 0 .*beyond the end of the disk/],
    ['inline data outside a mark', 512 + 24, 8n, /entry 0 .*no mark/],
    ['a mark with sectors', 512 + 16, 8n, /entry 0 .*mark with 2 sectors/],
  ];
  for (const [what, at, value, message] of broken)
    it(`refuses ${what}`, () => {
      two();
      patch(at, value);
      expect(() => read(() => {}, { diskSizeBytes: 2048 * 512 })).to.throw(LogDamage, message);
    });
});
