import { checkAttachment } from '../../harness/record/attachment-check.ts';
import type { AttachmentState } from '../../harness/record/attachment-check.ts';
import { attachmentPath } from '../../harness/record/attachment.ts';
import type { EventOf } from '../../harness/record/event.ts';
import { readEnds } from '../../harness/record/file-ends.ts';
import { cutAt, printable } from '../printable.ts';

/** An attachment as it lies on disk now. */
export interface StoredFile {
  readonly attachment: EventOf<'attachment'>;
  /** `unchecked`: too large to hash for a page. */
  readonly state: AttachmentState | 'unchecked';
  /** Of a console: its last lines, printable, bounded. */
  readonly tail: string | undefined;
}

const maxCheckedBytes = 256 * 1024 * 1024;
const tailBytes = 32 * 1024;
const tailLines = 40;
const lineLength = 400;

export async function storedFile(
  runDir: string,
  attachment: EventOf<'attachment'>,
  withTail: boolean,
): Promise<StoredFile> {
  const state = attachment.sizeBytes > maxCheckedBytes ? 'unchecked' : await checkAttachment(runDir, attachment);
  const tail = withTail && state !== 'missing' ? await tailOf(runDir, attachment.path) : undefined;
  return { attachment, state, tail };
}

async function tailOf(runDir: string, path: string): Promise<string> {
  const { head, tail } = await readEnds(await attachmentPath(runDir, path), tailBytes);
  return lastLines((tail.length > 0 ? tail : head).toString('utf8'));
}

/** The last lines that say something; a line that floods is cut. */
export function lastLines(text: string): string {
  const lines = printable(text)
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
  return lines
    .slice(-tailLines)
    .map((line) => (line.length <= lineLength ? line : `${cutAt(line, lineLength)}…`))
    .join('\n');
}
