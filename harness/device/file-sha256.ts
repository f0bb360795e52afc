import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** Of a file's content, lower-case hex, read in pieces. @throws whatever reading it throws */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  const chunks = createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>;
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}
