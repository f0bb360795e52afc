import { InternalError } from '../errors/harness-error.ts';

export const blockBytes = 512;

/** Times and owners say nothing about a run and would make two bundles of it differ: all zero. */
const fixedMode = 0o644;

/** Bytes of zero after a file, up to the next block. */
export function paddingOf(sizeBytes: number): number {
  return (blockBytes - (sizeBytes % blockBytes)) % blockBytes;
}

/** What a file of this size takes in an archive. */
export function archivedBytes(sizeBytes: number): number {
  return blockBytes + sizeBytes + paddingOf(sizeBytes);
}

/**
 * The one header (POSIX ustar, IEEE Std 1003.1) that a regular file of this name and size can have in a bundle. A reader makes it again and
 * compares, so that no byte of a header is free to be changed. @throws InternalError `bundle-name` for a name that does not fit.
 */
export function tarHeader(name: string, sizeBytes: number): Buffer {
  const header = Buffer.alloc(blockBytes);
  const [prefix, rest] = splitName(name);
  const octal = (value: number, at: number, length: number) =>
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  header.write(rest, 0, 100, 'utf8');
  octal(fixedMode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(sizeBytes, 124, 12);
  octal(0, 136, 12);
  header.write('        0', 148, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  octal(0, 329, 8);
  octal(0, 337, 8);
  header.write(prefix, 345, 155, 'utf8');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

/** As a header says it, unchecked; `type` is `0` for a regular file. */
export function readTarHeader(header: Buffer): { name: string; type: string; sizeBytes: number } {
  const text = (from: number, length: number) => {
    const field = header.subarray(from, from + length);
    const end = field.indexOf(0);
    return field.subarray(0, end === -1 ? length : end).toString('utf8');
  };
  const [name, prefix] = [text(0, 100), text(345, 155)];
  const size = text(124, 12);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    type: String.fromCharCode(header[156] ?? 0),
    sizeBytes: /^[0-7]{1,11}$/.test(size) ? parseInt(size, 8) : NaN,
  };
}

/** ustar holds 100 bytes of name, and 155 of what stands before one of its slashes. */
function splitName(name: string): [prefix: string, rest: string] {
  if (Buffer.byteLength(name) <= 100) return ['', name];
  for (let slash = name.lastIndexOf('/'); slash > 0; slash = name.lastIndexOf('/', slash - 1)) {
    const [prefix, rest] = [name.slice(0, slash), name.slice(slash + 1)];
    if (Buffer.byteLength(prefix) <= 155 && Buffer.byteLength(rest) <= 100 && rest !== '') return [prefix, rest];
  }
  throw new InternalError(`Name does not fit into a bundle: ${name}`, { code: 'bundle-name' });
}
