import { fstatSync, readSync } from 'node:fs';

/** One line of `console.times`: the bytes from `offset` on arrived at `epochMs`; `droppedBytes` were lost just before them. */
export interface ChunkTime {
  readonly offset: number;
  /** Milliseconds since 1970, harness clock; monotonic within a process. */
  readonly epochMs: number;
  readonly droppedBytes: number;
}

/** `OFFSET EPOCH_MS DROPPED\n`, zero-padded: lines of one width can be searched in the file, without an index in memory. */
const widths = [12, 13, 10] as const;
const lineBytes = widths[0] + 1 + widths[1] + 1 + widths[2] + 1;

export function formatChunkTime({ offset, epochMs, droppedBytes }: ChunkTime): string {
  const fields = [offset, epochMs, Math.min(droppedBytes, 10 ** widths[2] - 1)];
  return `${fields.map((value, index) => String(value).padStart(widths[index] ?? 0, '0')).join(' ')}\n`;
}

function lineAt(file: number, index: number): ChunkTime {
  const line = Buffer.alloc(lineBytes);
  readSync(file, line, 0, lineBytes, index * lineBytes);
  const [offset = 0, epochMs = 0, droppedBytes = 0] = line.toString('latin1').trim().split(' ').map(Number);
  return { offset, epochMs, droppedBytes };
}

/** The entry that says when the byte at `offset` arrived; undefined before the first. Reads log2(n) lines. */
export function chunkTimeAt(file: number, offset: number): ChunkTime | undefined {
  let below = 0;
  // A harness killed while writing leaves part of a line at the end: it does not count.
  let above = Math.floor(fstatSync(file).size / lineBytes);
  while (below < above) {
    const middle = (below + above) >> 1;
    if (lineAt(file, middle).offset <= offset) below = middle + 1;
    else above = middle;
  }
  return below === 0 ? undefined : lineAt(file, below - 1);
}
