import { expect } from 'chai';
import fc from 'fast-check';
import { FileSystemDamage, FileSystemUnsupported } from '../file-system-damage.ts';
import { crc32c } from './crc32c.ts';
import type { JournalSuperblock } from './journal-format.ts';
import { dataChecksumHolds, journalMagic } from './journal-format.ts';
import { scanJournal } from './journal-scan.ts';

interface Written {
  readonly blocks: readonly number[];
  readonly revoked: readonly number[];
}

const journalOf = (over: Partial<JournalSuperblock>): JournalSuperblock => ({
  blockBytes: 1024,
  first: 1,
  last: 60,
  start: 1,
  sequence: 7,
  has64bit: true,
  hasFastCommit: false,
  checksumVersion: 3,
  checksumSeed: 0x1234,
  ...over,
});

/** A log written in a circle, as the kernel lays it out; what is not written is `filler`. */
function writeLog(journal: JournalSuperblock, transactions: readonly Written[], filler = 0): Buffer[] {
  const log = Array.from({ length: journal.last + 10 }, () => Buffer.alloc(1024, filler) as Buffer);
  const { checksumVersion: version, checksumSeed: seed, has64bit: wide } = journal;
  let next = journal.start;
  const put = (block: Buffer): void => {
    log[next] = block;
    next = next + 1 >= journal.last ? journal.first : next + 1;
  };
  const header = (type: number, sequence: number): Buffer => {
    const block = Buffer.alloc(1024);
    [journalMagic, type, sequence].forEach((value, i) => block.writeUInt32BE(value, i * 4));
    return block;
  };
  const sum = (block: Buffer, at: number): Buffer => {
    if (version) block.writeUInt32BE(crc32c(seed, block), at);
    return block;
  };
  transactions.forEach(({ blocks, revoked }, order) => {
    const sequence = (journal.sequence + order) >>> 0;
    const number = Buffer.alloc(4);
    number.writeUInt32BE(sequence);
    const data = blocks.map((block) => Buffer.alloc(1024, `${sequence} ${block} `));
    const descriptor = header(1, sequence);
    let at = 12;
    blocks.forEach((block, i) => {
      const flags = (i > 0 ? 2 : 0) + (i === blocks.length - 1 ? 8 : 0);
      const checksum = crc32c(crc32c(seed, number), data[i]!);
      descriptor.writeUInt32BE(block % 2 ** 32, at);
      descriptor.writeUInt16BE(flags, at + 6);
      if (version === 2) descriptor.writeUInt16BE(checksum & 0xffff, at + 4);
      if (wide) descriptor.writeUInt32BE(Math.floor(block / 2 ** 32), at + 8);
      if (version === 3) descriptor.writeUInt32BE(checksum, at + 12);
      at += (version === 3 ? 16 : 8 + (version === 2 ? 2 : 0) + (wide ? 4 : 0)) + (i > 0 ? 0 : 16);
    });
    if (blocks.length > 0) [sum(descriptor, 1020), ...data].forEach(put);
    if (revoked.length > 0) {
      const block = header(5, sequence);
      block.writeUInt32BE(16 + revoked.length * (wide ? 8 : 4), 12);
      revoked.forEach((value, i) =>
        wide ? block.writeBigUInt64BE(BigInt(value), 16 + i * 8) : block.writeUInt32BE(value, 16 + i * 4),
      );
      put(sum(block, 1020));
    }
    const commit = header(2, sequence);
    commit.writeBigUInt64BE(BigInt(1000 + order), 48);
    put(sum(commit, 16));
  });
  return log;
}

describe('scanJournal', () => {
  const small = fc.record({
    blocks: fc.array(fc.nat(2 ** 31), { maxLength: 9 }),
    revoked: fc.array(fc.nat(2 ** 31), { maxLength: 9 }),
  });
  const shape = fc.record({
    start: fc.integer({ min: 1, max: 59 }),
    sequence: fc.constantFrom(1, 7, 0xfffffffe),
    has64bit: fc.boolean(),
    checksumVersion: fc.constantFrom(0 as const, 2 as const, 3 as const),
  });

  it('finds every committed transaction, wherever the log starts in its circle', () => {
    fc.assert(
      fc.property(shape, fc.array(small, { maxLength: 4 }), (over, transactions) => {
        const journal = journalOf(over);
        const log = writeLog(journal, transactions);
        const found = scanJournal(journal, (at) => log[at]!);
        expect(
          found.map(({ blocks, revoked }) => ({ blocks: blocks.map(({ block }) => block), revoked })),
        ).to.deep.equal(transactions);
        found.forEach(({ sequence, blocks }, order) => {
          expect(sequence).to.equal((journal.sequence + order) >>> 0);
          for (const tag of blocks) {
            expect(log[tag.at]!.toString('latin1')).to.match(new RegExp(`^${sequence} ${tag.block} `));
            expect(dataChecksumHolds(journal, tag, sequence, log[tag.at]!)).to.equal(true);
            if (journal.checksumVersion)
              expect(dataChecksumHolds(journal, tag, (sequence ^ 1) >>> 0, log[tag.at]!)).to.equal(false);
          }
        });
      }),
      { numRuns: 100 },
    );
  });

  it('reads block numbers beyond 32 bits', () => {
    const journal = journalOf({});
    const log = writeLog(journal, [{ blocks: [2 ** 33 + 5], revoked: [2 ** 34 + 6] }]);
    const [found] = scanJournal(journal, (at) => log[at]!);
    expect([found!.blocks[0]!.block, found!.revoked[0]]).to.deep.equal([2 ** 33 + 5, 2 ** 34 + 6]);
  });

  it('loses a transaction, and all after it, when any one of its blocks other than data did not land', () => {
    const journal = journalOf({ start: 50 });
    const transactions = [1, 2, 3].map((n) => ({ blocks: [n * 10, n * 10 + 1], revoked: [n * 100] }));
    // Five blocks each: list, data, data, revoke, commit.
    for (let missing = 0; missing < 15; missing++) {
      if ([1, 2].includes(missing % 5)) continue;
      const log = writeLog(journal, transactions);
      const at = ((49 + missing) % 59) + 1;
      log[at] = Buffer.alloc(1024, 'stale');
      expect(scanJournal(journal, (where) => log[where]!)).to.have.length(Math.floor(missing / 5));
    }
  });

  it('ends at a block of an older lap whose commit time goes back', () => {
    const journal = journalOf({});
    const log = writeLog(
      journal,
      [1, 2].map((n) => ({ blocks: [n], revoked: [] })),
    );
    log[4]!.writeUInt8(1, 900);
    log[6]!.writeBigUInt64BE(1n, 48);
    expect(scanJournal(journal, (at) => log[at]!)).to.have.length(1);
    log[6]!.writeBigUInt64BE(9999n, 48);
    expect(() => scanJournal(journal, (at) => log[at]!)).to.throw(FileSystemDamage, /transaction 8/);
  });

  it('refuses fast commits that are to be replayed, and ignores stale ones', () => {
    const journal = journalOf({ hasFastCommit: true });
    const log = writeLog(journal, [{ blocks: [1], revoked: [] }]);
    const head = log[journal.last + 1]!;
    head.writeUInt16LE(9, 0);
    head.writeUInt16LE(8, 2);
    head.writeUInt32LE(7, 8);
    expect(scanJournal(journal, (at) => log[at]!)).to.have.length(1);
    head.writeUInt32LE(8, 8);
    expect(() => scanJournal(journal, (at) => log[at]!)).to.throw(FileSystemUnsupported, /fast commits/);
  });

  it('never fails on a damaged log but by its own error, and always ends', () => {
    const change = fc.tuple(fc.nat(59), fc.nat(40), fc.nat(255));
    fc.assert(
      fc.property(
        shape,
        fc.array(small, { maxLength: 4 }),
        fc.array(change, { maxLength: 8 }),
        (over, transactions, changes) => {
          const journal = journalOf(over);
          const log = writeLog(journal, transactions);
          for (const [at, offset, byte] of changes) log[at]!.writeUInt8(byte, offset);
          try {
            scanJournal(journal, (at) => log[at]!);
          } catch (error) {
            expect(error).to.be.instanceOf(FileSystemDamage);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
