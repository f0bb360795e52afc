import { open, type FileHandle } from 'node:fs/promises';
import { UsageError } from '../errors/harness-error.ts';
import { blockBytes, paddingOf, readTarHeader, tarHeader } from './tar-header.ts';

/** More names than any run has: an archive of empty files must not fill the memory. */
const maxFiles = 200_000;
const chunkBytes = 1024 * 1024;

interface Place {
  readonly at: number;
  readonly sizeBytes: number;
}

/**
 * A bundle opened for reading, with every byte of it accounted for: headers are the ones that the writer makes, padding is zero, and nothing
 * stands behind the end. Nothing is ever unpacked: names are keys here, not paths.
 */
export class TarReader {
  private constructor(
    readonly path: string,
    private readonly file: FileHandle,
    private readonly places: ReadonlyMap<string, Place>,
  ) {}

  /**
   * @throws UsageError `bundle-unreadable`, `bundle-truncated`, `bundle-hostile` (a link, a device, a name that leads out), `bundle-changed` (a header,
   * a padding or an end that no writer makes).
   */
  static async open(path: string): Promise<TarReader> {
    const file = await open(path, 'r').catch((cause: unknown) => {
      throw unreadable((cause as Error).message, path, cause);
    });
    try {
      if ((await file.stat()).isDirectory()) throw unreadable('it is a directory', path);
      return new TarReader(path, file, await index(path, file));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  get names(): string[] {
    return [...this.places.keys()];
  }

  sizeOf(name: string): number | undefined {
    return this.places.get(name)?.sizeBytes;
  }

  /** The bytes of one file in pieces; nothing for a name that is not there. */
  async *chunks(name: string): AsyncGenerator<Buffer> {
    const place = this.places.get(name);
    if (!place) return;
    for (let done = 0; done < place.sizeBytes; done += chunkBytes)
      yield await exactly(this.path, this.file, place.at + done, Math.min(chunkBytes, place.sizeBytes - done));
  }

  /** A whole file. @throws UsageError `bundle-file-missing`, `bundle-file-too-large`. */
  async read(name: string, maxBytes: number): Promise<Buffer> {
    const sizeBytes = this.sizeOf(name);
    if (sizeBytes === undefined)
      throw new UsageError(`Not in the bundle: ${shown(name)}`, { code: 'bundle-file-missing' });
    if (sizeBytes > maxBytes)
      throw new UsageError(`Larger than ${maxBytes} bytes, so it is not read: ${shown(name)}`, {
        code: 'bundle-file-too-large',
      });
    const parts: Buffer[] = [];
    for await (const chunk of this.chunks(name)) parts.push(chunk);
    return Buffer.concat(parts);
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

async function index(path: string, file: FileHandle): Promise<Map<string, Place>> {
  const { size } = await file.stat();
  const places = new Map<string, Place>();
  for (let at = 0; ;) {
    if (at + blockBytes > size)
      throw refused('bundle-truncated', `Bundle ends at byte ${size}, within its files`, path);
    const header = await exactly(path, file, at, blockBytes);
    if (header.every((byte) => byte === 0)) {
      await checkEnd(path, file, at, size);
      return places;
    }
    const { name, type, sizeBytes } = readTarHeader(header);
    const where = `${shown(name)} at byte ${at}`;
    if (type !== '0') throw refused('bundle-hostile', `No regular file (type ${shown(type)}): ${where}`, path);
    if (!isSafe(name)) throw refused('bundle-hostile', `Name leads out of the bundle: ${where}`, path);
    if (places.has(name)) throw refused('bundle-hostile', `Name stands there twice: ${where}`, path);
    if (places.size >= maxFiles) throw refused('bundle-hostile', `More than ${maxFiles} files`, path);
    if (Number.isNaN(sizeBytes) || !tarHeader(name, sizeBytes).equals(header))
      throw refused('bundle-changed', `Header is not what bootproof writes: ${where}`, path);
    const padding = paddingOf(sizeBytes);
    const next = at + blockBytes + sizeBytes + padding;
    if (next > size) throw refused('bundle-truncated', `Bundle ends at byte ${size}, within ${where}`, path);
    const zeros = await exactly(path, file, next - padding, padding);
    if (!zeros.every((byte) => byte === 0))
      throw refused('bundle-changed', `Padding is not empty: after ${where}`, path);
    places.set(name, { at: at + blockBytes, sizeBytes });
    at = next;
  }
}

async function checkEnd(path: string, file: FileHandle, at: number, size: number): Promise<void> {
  if (size < at + 2 * blockBytes) throw refused('bundle-truncated', 'Bundle lacks its last block', path);
  const end = await exactly(path, file, at, 2 * blockBytes);
  if (size !== at + 2 * blockBytes || !end.every((byte) => byte === 0))
    throw refused('bundle-changed', `Bytes behind the end, from byte ${at} on`, path);
}

async function exactly(path: string, file: FileHandle, at: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
  if (bytesRead === length) return buffer;
  throw refused('bundle-truncated', `Bundle ends within byte ${at + bytesRead}`, path);
}

/** Relative, of plain segments, without control characters, backslashes or drive letters. */
function isSafe(name: string): boolean {
  return (
    name.length > 0 &&
    !/[\u0000-\u001f\u007f\\:\ufffd]/.test(name) &&
    name.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..')
  );
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 300)).slice(1, -1);
}

const hints: Readonly<Record<string, string>> = {
  'bundle-truncated': 'copy it again, and compare the sizes',
  'bundle-hostile': 'bootproof writes no such bundle: do not unpack it',
  'bundle-changed': 'the file was changed after it was written: it is no evidence any more',
};

function unreadable(why: string, path: string, cause?: unknown): UsageError {
  return new UsageError(`Bundle cannot be read (${why}): ${path}`, {
    code: 'bundle-unreadable',
    hint: '`bootproof report --bundle FILE` makes one',
    cause,
  });
}

function refused(code: string, message: string, path: string): UsageError {
  return new UsageError(`${message}: ${path}`, { code, hint: hints[code] ?? '' });
}
