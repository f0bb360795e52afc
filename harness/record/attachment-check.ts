import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { attachmentPath } from './attachment.ts';
import type { EventOf } from './event.ts';

/** `missing`: no such file inside the run. `changed`: its bytes are not those that the record names. */
export type AttachmentState = 'intact' | 'changed' | 'missing';

/** Compares a stored file with what its line in the record says. Never throws for what it finds. */
export async function checkAttachment(
  runDir: string,
  attachment: Pick<EventOf<'attachment'>, 'path' | 'sha256' | 'sizeBytes'>,
): Promise<AttachmentState> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  try {
    for await (const chunk of createReadStream(
      await attachmentPath(runDir, attachment.path),
    ) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      sizeBytes += chunk.length;
    }
  } catch {
    return 'missing';
  }
  return sizeBytes === attachment.sizeBytes && hash.digest('hex') === attachment.sha256 ? 'intact' : 'changed';
}
