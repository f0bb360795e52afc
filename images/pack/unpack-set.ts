import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { envelopeFile, openEnvelope } from '../../harness/bundle/envelope.ts';
import { parseStatement } from '../../harness/bundle/statement.ts';
import { TarReader } from '../../harness/bundle/tar-reader.ts';
import { BenchError, HarnessError, UsageError } from '../../harness/errors/harness-error.ts';
import { sha256In } from '../../harness/verify/files.ts';
import { makeWhole } from '../builder/whole-folder.ts';
import { openImageDirectory } from './image-directory.ts';
import { packedPrefix } from './pack-set.ts';

/** What a set's directory may get from a bundle. Control runs are not among it: they say what is excused. */
const expected =
  /^(set\.json|trusted\.gpg|(contents|channels|served|negatives-[0-9a-f]+|variants)\/.+|disks\/[\w+-]+\.raw\.gz)$/;
const maxEnvelopeBytes = 256 * 1024 * 1024;
const maxDiskBytes = 64 * 2 ** 30;
const blockBytes = 64 * 1024;

/** Opens a file to be written; for tests, one that has no room. */
type Create = (path: string) => Promise<Pick<FileHandle, 'write' | 'truncate' | 'close'>>;
const create: Create = (path) => open(path, 'wx', 0o644);

/**
 * Puts the image set of a bundle below `parent`, whole or not at all: each file has the hash that the bundle's statement names, and the folder is named by
 * all of these, so that it is never taken for one that was built here. One that is there already is used again.
 * @returns its directory; undefined: the bundle has no images. @throws UsageError `bundle-changed`, `bundle-hostile`, BenchError `images-not-unpacked`; as TarReader does.
 */
export async function unpackSet(path: string, parent: string, files: Create = create): Promise<string | undefined> {
  const tar = await TarReader.open(path);
  try {
    const names = tar.names.filter((name) => name.startsWith(packedPrefix));
    if (names.length === 0) return undefined;
    const { subject } = parseStatement(openEnvelope(await tar.read(envelopeFile, maxEnvelopeBytes)).payload);
    const digests = new Map(subject.map(({ name, digest }) => [name, digest.sha256]));
    const wanted = names.map((name) => ({ name, leaf: leafOf(name), sha256: digests.get(name) }));
    const id = createHash('sha256').update(JSON.stringify(wanted.map(({ name, sha256 }) => [name, sha256])));
    const directory = join(parent, `packed-${id.digest('hex').slice(0, 24)}`);
    if (existsSync(directory)) return directory;
    try {
      await makeWhole(directory, async (work) => {
        for (const { name, leaf, sha256 } of wanted) {
          if ((await sha256In(tar, name)) !== sha256) throw changed(name);
          await mkdir(dirname(join(work, leaf)), { recursive: true });
          await writeOne(tar, name, join(work, leaf), files);
        }
        await openImageDirectory(work);
      });
    } catch (cause) {
      if (cause instanceof HarnessError) throw cause;
      throw new BenchError(`Images not unpacked (${(cause as Error).message}): ${path}`, {
        code: 'images-not-unpacked',
        hint:
          (cause as NodeJS.ErrnoException).code === 'ENOSPC'
            ? 'free some space, or set BOOTPROOF_CACHE to a larger file system'
            : 'does `bootproof verify` find the bundle sound?',
        cause,
      });
    }
    return directory;
  } finally {
    await tar.close();
  }
}

function leafOf(name: string): string {
  const leaf = name.slice(packedPrefix.length);
  if (expected.test(leaf)) return leaf.replace(/^(disks\/.*)\.gz$/, '$1');
  throw new UsageError(`No part of an image set: ${name}`, {
    code: 'bundle-hostile',
    hint: 'bootproof writes no such bundle: do not unpack it',
  });
}

function changed(name: string): UsageError {
  return new UsageError(`Not what the bundle's statement names: ${name}`, {
    code: 'bundle-changed',
    hint: 'bootproof verify names every file that was changed',
  });
}

/** A disk is decompressed on its way. */
async function writeOne(tar: TarReader, name: string, to: string, files: Create): Promise<void> {
  const source = Readable.from(tar.chunks(name));
  const content = name.endsWith('.raw.gz') ? source.pipe(createGunzip()) : source;
  // pipe() keeps an error to the stream that it happened in
  source.on('error', (error) => content.destroy(error));
  const out = await files(to);
  try {
    await out.truncate(await writeSparse(out, content as AsyncIterable<Buffer>));
  } finally {
    source.destroy();
    await out.close();
  }
}

/** Zeros are left out: most of a disk is. */
async function writeSparse(out: Awaited<ReturnType<Create>>, content: AsyncIterable<Buffer>): Promise<number> {
  const zeros = Buffer.alloc(blockBytes);
  let at = 0;
  for await (const chunk of content) {
    if (at + chunk.length > maxDiskBytes)
      throw new UsageError(`Larger than ${maxDiskBytes} bytes: a file in the bundle`, { code: 'bundle-hostile' });
    for (let from = 0; from < chunk.length; from += blockBytes) {
      const piece = chunk.subarray(from, from + blockBytes);
      if (piece.equals(zeros.subarray(0, piece.length))) continue;
      for (let done = 0; done < piece.length;)
        done += (await out.write(piece, done, piece.length - done, at + from + done)).bytesWritten;
    }
    at += chunk.length;
  }
  return at;
}
