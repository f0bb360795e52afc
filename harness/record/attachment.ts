import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, mkdir, open, realpath } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, isAbsolute, join, relative, sep } from 'node:path';
import { BenchError, UsageError } from '../errors/harness-error.ts';
import type { RecordPayload } from './event.ts';
import type { Redactor } from './redaction.ts';
import { readEnds } from './file-ends.ts';

export type AttachmentPayload = Extract<RecordPayload, { event: 'attachment' }>;

export interface AttachmentRequest {
  readonly case: string;
  /** As people read it: `console.log`, `observation before update`. */
  readonly name: string;
  /** `text/plain`, `application/json` ... decides whether secrets are taken out: a binary file is stored as it is. */
  readonly mediaType: string;
}

/** Text beyond this is evidence that nobody reads: the middle is left out, and the file says how much. */
const maxTextBytes = 64 * 1024 * 1024;

/**
 * Stores files under `RUN/attachments/CASE/`, never over one that is there, and gives the payload for the record. May be used in a worker:
 * it writes only new files, and the line in the record is still the parent's.
 */
export class AttachmentStore {
  constructor(
    readonly runDir: string,
    readonly redactor: Redactor,
  ) {}

  /** @throws BenchError `attachment-not-written`. */
  async storeBytes(request: AttachmentRequest, content: Buffer | string): Promise<AttachmentPayload> {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    const clean = isText(request.mediaType) ? this.redactor.bytes(bytes) : bytes;
    return this.#store(request, [clean]);
  }

  /** Copies a file. @throws UsageError `attachment-no-file` for what is not a regular file, BenchError `attachment-not-written`. */
  async storeFile(request: AttachmentRequest, source: string): Promise<AttachmentPayload> {
    const stat = await lstat(source).catch(() => undefined);
    if (!stat?.isFile())
      throw new UsageError(`Not a regular file: ${source}`, { code: 'attachment-no-file', details: { ...request } });
    if (!isText(request.mediaType)) return this.#store(request, createReadStream(source));
    const { head, tail, leftOutBytes } = await readEnds(source, maxTextBytes);
    if (leftOutBytes === 0) return this.#store(request, [this.redactor.bytes(head)]);
    const gap = Buffer.from(`\n[${leftOutBytes} bytes left out]\n`);
    return this.#store(request, [this.redactor.bytes(head), gap, this.redactor.bytes(tail)]);
  }

  async #store(
    request: AttachmentRequest,
    chunks: Iterable<Buffer> | AsyncIterable<Buffer>,
  ): Promise<AttachmentPayload> {
    const hash = createHash('sha256');
    let sizeBytes = 0;
    const { file, path } = await this.#create(request);
    try {
      for await (const chunk of chunks) {
        hash.update(chunk);
        sizeBytes += chunk.length;
        await file.writeFile(chunk);
      }
      await file.sync();
    } catch (cause) {
      throw notWritten(path, cause);
    } finally {
      await file.close();
    }
    const { name, mediaType } = request;
    return {
      event: 'attachment',
      case: request.case,
      name,
      path,
      mediaType,
      sha256: hash.digest('hex'),
      sizeBytes,
    };
  }

  /** A new file under a safe name; a second one of the same name gets a number. */
  async #create({ case: id, name }: AttachmentRequest): Promise<{ file: FileHandle; path: string }> {
    const directory = `attachments/${safeName(this.redactor.text(id))}`;
    const safe = safeName(this.redactor.text(name));
    const dot = safe.lastIndexOf('.');
    const [stem, extension] = dot > 0 ? [safe.slice(0, dot), safe.slice(dot)] : [safe, ''];
    await mkdir(join(this.runDir, directory), { recursive: true }).catch((cause: unknown) => {
      throw notWritten(directory, cause);
    });
    for (let n = 1; ; n += 1) {
      const path = `${directory}/${n === 1 ? safe : `${stem}-${n}${extension}`}`;
      try {
        return { file: await open(join(this.runDir, path), 'wx', 0o644), path };
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw notWritten(path, cause);
      }
    }
  }
}

/** One path segment made of letters, digits, `.`, `_`, `-` and `~`: no traversal, no hidden file, nothing that a shell or a URL reads. */
export function safeName(name: string): string {
  const safe = name
    .replaceAll('#', '~')
    .replace(/[^A-Za-z0-9._~-]+/g, '_')
    .replace(/^[.~-]+/, '')
    .slice(0, 100);
  return safe === '' ? 'unnamed' : safe;
}

/** Where an attachment of a record lies. @throws UsageError `attachment-outside` for a path that leads out of the run's directory. */
export async function attachmentPath(runDir: string, path: string): Promise<string> {
  const outside = () =>
    new UsageError(`Attachment lies outside of the run: ${path}`, {
      code: 'attachment-outside',
      hint: 'the record was not written by bootproof, or was changed',
    });
  if (isAbsolute(path) || path.split(/[/\\]/).includes('..')) throw outside();
  const full = join(runDir, path);
  const real = await realpath(full).catch((cause: unknown) => {
    throw new UsageError(`Attachment is missing: ${basename(path)} (${full})`, { code: 'attachment-missing', cause });
  });
  const inside = relative(await realpath(runDir), real);
  if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) throw outside();
  return real;
}

function isText(mediaType: string): boolean {
  return /^text\/|[/+](?:json|xml|yaml|x-ndjson|javascript)\b/i.test(mediaType);
}

function notWritten(path: string, cause: unknown): BenchError {
  return new BenchError(`Attachment not written (${(cause as Error).message}): ${path}`, {
    code: 'attachment-not-written',
    hint: 'free space on the host, then run again',
    cause,
  });
}
