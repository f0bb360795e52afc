import { FileSystemDamage } from '../file-system-damage.ts';
import { blockRuns } from './block-runs.ts';
import type { InodeTable } from './inode-table.ts';
import type { RawInode } from './raw-inode.ts';

/** Blocks read at once: a log is read in order, and most of it lies in one piece. */
const usualChunkBlocks = 64;

/** The blocks of the journal by their number in it. */
export class JournalFile {
  readonly #places: number[] = [];
  readonly #chunks = new Map<number, Buffer>();
  readonly #table: InodeTable;
  readonly #chunkBlocks: number;

  /** @throws FileSystemDamage for a journal with holes, or without blocks. */
  constructor(table: InodeTable, inode: RawInode, chunkBlocks = usualChunkBlocks) {
    this.#table = table;
    this.#chunkBlocks = chunkBlocks;
    for (const { logical, physical, count } of blockRuns(inode, table.blocks, table.checksums)) {
      if (logical !== this.#places.length) throw new FileSystemDamage('journal', `a hole before its block ${logical}`);
      for (let i = 0; i < count; i++) this.#places.push(physical + i);
    }
    if (this.#places.length === 0) throw new FileSystemDamage('journal', 'an empty file');
  }

  get places(): readonly number[] {
    return this.#places;
  }

  get length(): number {
    return this.#places.length;
  }

  /** The buffer is shared: do not write to it. */
  read(at: number): Buffer {
    if (at >= this.length) throw new FileSystemDamage('journal', `no block ${at}`);
    const chunkBlocks = this.#chunkBlocks;
    const number = Math.floor(at / chunkBlocks);
    let chunk = this.#chunks.get(number);
    if (!chunk) this.#chunks.set(number, (chunk = this.#readChunk(number * chunkBlocks)));
    if (chunkBlocks === 1) return chunk;
    const { blockBytes } = this.#table.blocks;
    const start = (at % chunkBlocks) * blockBytes;
    return chunk.subarray(start, start + blockBytes);
  }

  #readChunk(first: number): Buffer {
    const places = this.#places.slice(first, first + this.#chunkBlocks);
    const isOnePiece = places.every((place, i) => place === places[0]! + i);
    const { blocks } = this.#table;
    if (isOnePiece) return blocks.data(places[0]!, places.length, 'journal');
    return Buffer.concat(places.map((place) => blocks.data(place, 1, 'journal')));
  }
}
