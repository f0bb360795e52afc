import type { ReporterRuntime } from 'allure-js-commons/sdk/reporter';
import { checkAttachment } from '../../harness/record/attachment-check.ts';
import { attachmentPath } from '../../harness/record/attachment.ts';
import type { EventOf } from '../../harness/record/event.ts';
import { oneLine } from '../printable.ts';

/** Larger files stay where they are: a report that carries a disk image is one that nobody can send. */
const maxCopiedBytes = 4 * 1024 * 1024;

/** What a page may carry in all: the single-file page is one string in its generator, which has a limit. */
export class CopyBudget {
  leftBytes = 128 * 1024 * 1024;

  take(sizeBytes: number): boolean {
    if (sizeBytes > maxCopiedBytes || sizeBytes > this.leftBytes) return false;
    this.leftBytes -= sizeBytes;
    return true;
  }
}

/** Copies an attachment into the results, or leaves a line that says why it is not there. */
export async function attach(
  runtime: ReporterRuntime,
  test: string,
  runDir: string,
  attachment: EventOf<'attachment'>,
  budget: CopyBudget,
): Promise<void> {
  const { name, path, sha256, sizeBytes } = attachment;
  const tooLarge = !budget.take(sizeBytes);
  const state = tooLarge ? 'intact' : await checkAttachment(runDir, attachment);
  if (!tooLarge && state === 'intact') {
    const { contentType, fileExtension } = shownAs(attachment.mediaType);
    const from = await attachmentPath(runDir, path);
    return runtime.writeAttachment(test, null, oneLine(name), from, { contentType, fileExtension });
  }
  const why = tooLarge
    ? `not copied, ${sizeBytes} bytes`
    : state === 'missing'
      ? 'missing'
      : 'changed since it was recorded';
  const text = `${why}: ${oneLine(path)}\nsha256 ${sha256}\n`;
  runtime.writeAttachment(test, null, oneLine(`${name} (${why})`), Buffer.from(text), {
    contentType: 'text/plain',
    fileExtension: '.txt',
  });
}

/** As text or as a download, never as a page or a picture: what a device sent must not run in the reader's browser. */
function shownAs(mediaType: string): { contentType: string; fileExtension: string } {
  if (/^application\/json\b/.test(mediaType)) return { contentType: 'application/json', fileExtension: '.json' };
  if (/^text\/|[/+](?:json|xml|yaml|x-ndjson)\b/.test(mediaType))
    return { contentType: 'text/plain', fileExtension: '.txt' };
  return { contentType: 'application/octet-stream', fileExtension: '.bin' };
}
