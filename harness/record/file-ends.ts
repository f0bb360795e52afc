import { open } from 'node:fs/promises';

export interface FileEnds {
  readonly head: Buffer;
  /** Empty when all of the file is in `head`. */
  readonly tail: Buffer;
  readonly leftOutBytes: number;
}

/**
 * Reads at most `maxBytes` of a file: all of it, or its two ends, each cut at a newline where one is near, so that no line (and no secret
 * in a line) is cut in two. The file may still grow: what comes after its size was asked for is not read.
 */
export async function readEnds(path: string, maxBytes: number): Promise<FileEnds> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const read = async (position: number, length: number) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
      return buffer.subarray(0, bytesRead);
    };
    if (size <= maxBytes) return { head: await read(0, size), tail: Buffer.alloc(0), leftOutBytes: 0 };
    const half = Math.floor(maxBytes / 2);
    const [first, last] = [await read(0, half), await read(size - half, half)];
    const head = first.subarray(0, lineEnd(first));
    const tail = last.subarray(lineStart(last));
    return { head, tail, leftOutBytes: size - head.length - tail.length };
  } finally {
    await file.close();
  }
}

/** How far a newline may be from the cut. */
const nearBytes = 64 * 1024;

function lineEnd(bytes: Buffer): number {
  const at = bytes.lastIndexOf(10);
  return at === -1 || bytes.length - at > nearBytes ? bytes.length : at + 1;
}

function lineStart(bytes: Buffer): number {
  const at = bytes.indexOf(10);
  return at === -1 || at > nearBytes ? 0 : at + 1;
}
