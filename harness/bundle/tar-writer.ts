import { createReadStream } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { UsageError } from '../errors/harness-error.ts';
import { blockBytes, paddingOf, tarHeader } from './tar-header.ts';

export interface TarEntry {
  readonly name: string;
  readonly sizeBytes: number;
  /** Its bytes, or the file that holds them. */
  readonly content: Buffer | { readonly file: string };
}

/** Writes an archive with these files in this order, whole or not at all. @throws UsageError `bundle-not-written`. */
export async function writeTar(path: string, entries: readonly TarEntry[]): Promise<void> {
  const part = `${path}.part`;
  try {
    const out = await open(part, 'w', 0o644);
    try {
      for (const entry of entries) await writeEntry(out, entry);
      await out.writeFile(Buffer.alloc(2 * blockBytes));
      await out.sync();
    } finally {
      await out.close();
    }
    await rename(part, path);
  } catch (cause) {
    await rm(part, { force: true });
    throw new UsageError(`Bundle not written (${(cause as Error).message}): ${path}`, {
      code: 'bundle-not-written',
      cause,
    });
  }
}

async function writeEntry(out: FileHandle, { name, sizeBytes, content }: TarEntry): Promise<void> {
  await out.writeFile(tarHeader(name, sizeBytes));
  let written = 0;
  const chunks = Buffer.isBuffer(content)
    ? [content]
    : (createReadStream(content.file, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>);
  for await (const chunk of chunks) {
    await out.writeFile(chunk);
    written += chunk.length;
  }
  if (written !== sizeBytes) throw new Error(`${name} has ${written} bytes, not ${sizeBytes}: it changed meanwhile`);
  await out.writeFile(Buffer.alloc(paddingOf(sizeBytes)));
}
