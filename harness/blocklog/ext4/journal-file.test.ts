import { expect } from 'chai';
import { FileSystemDamage } from '../file-system-damage.ts';
import { Blocks } from './blocks.ts';
import type { InodeTable } from './inode-table.ts';
import { JournalFile } from './journal-file.ts';
import { memoryDevice } from './memory-device.ts';
import type { RawInode } from './raw-inode.ts';

const disk = Buffer.concat(Array.from({ length: 12 }, (_, block) => Buffer.alloc(1024, block)));

/** A journal with an old block map that names these blocks; 0 is a hole. */
function journalAt(places: readonly number[]): JournalFile {
  const map = Buffer.alloc(60);
  places.forEach((place, i) => map.writeUInt32LE(place, i * 4));
  const inode = { number: 8, flags: 0, sizeBytes: places.length * 1024, map } as unknown as RawInode;
  return new JournalFile({ blocks: new Blocks(memoryDevice(disk), 1024, 12) } as unknown as InodeTable, inode);
}

describe('JournalFile', () => {
  for (const places of [
    [4, 5, 6, 7],
    [5, 9, 7],
    [7, 6, 5],
  ])
    it(`reads the blocks ${places.join()} in the journal's order`, () => {
      const file = journalAt(places);
      expect(places.map((_, at) => file.read(at)[1023])).to.deep.equal(places);
      expect(() => file.read(places.length)).to.throw(FileSystemDamage, /no block/);
    });

  it('refuses a hole, a block outside and an empty file', () => {
    expect(() => journalAt([4, 0, 6])).to.throw(FileSystemDamage, /a hole before its block 2/);
    expect(() => journalAt([4, 12])).to.throw(FileSystemDamage, /outside/);
    expect(() => journalAt([])).to.throw(FileSystemDamage, /empty/);
  });
});
