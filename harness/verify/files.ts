import { createHash } from 'node:crypto';
import { envelopeFile } from '../bundle/envelope.ts';
import type { Subject } from '../bundle/statement.ts';
import type { TarReader } from '../bundle/tar-reader.ts';
import { check, type Check } from './check.ts';

/** Every file is named by the statement, once and in order, with its hash; nothing else is in the archive. */
export async function checkFiles(tar: TarReader, subjects: readonly Subject[]): Promise<Check> {
  const problems: string[] = [];
  const [first, ...names] = tar.names;
  if (first !== envelopeFile) problems.push(`First file is not ${envelopeFile}: ${first ?? 'none'}`);
  const named = new Map(subjects.map(({ name, digest }) => [name, digest.sha256]));
  if (named.size !== subjects.length) problems.push('Statement names a file twice');
  for (const name of names) if (!named.has(name)) problems.push(`Not named by the statement: ${name}`);
  for (const [name, sha256] of named) {
    if (tar.sizeOf(name) === undefined) problems.push(`Missing: ${name}`);
    else if ((await sha256In(tar, name)) !== sha256) problems.push(`Changed: ${name}`);
  }
  if (names.some((name, index) => index > 0 && name <= (names[index - 1] ?? '')))
    problems.push('Files are out of order');
  const bytes = [...named.keys()].reduce((sum, name) => sum + (tar.sizeOf(name) ?? 0), 0);
  return check('files', `${named.size} files, ${bytes} bytes, each with the hash that the statement names`, problems);
}

/** sha256 of a file in an archive, hex. */
export async function sha256In(tar: TarReader, name: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of tar.chunks(name)) hash.update(chunk);
  return hash.digest('hex');
}
