import type { Subject } from '../bundle/statement.ts';
import type { Ledger } from '../record/ledger.ts';
import { check, type Check } from './check.ts';

/** What the record says was stored is in the bundle, byte for byte, and nothing else poses as it: a statement alone vouches for any files. */
export function checkAttachments({ cases }: Ledger, subjects: readonly Subject[]): Check {
  const there = new Map(subjects.map(({ name, digest }) => [name, digest.sha256]));
  const stored = cases.flatMap(({ attachments }) => attachments);
  const wanted = new Set(stored.map(({ path }) => path));
  const problems: string[] = [];
  for (const { path, sha256 } of stored) {
    const is = there.get(path);
    if (is === undefined) problems.push(`Named by the record, and missing: ${path}`);
    else if (is !== sha256) problems.push(`Not the file that the record names: ${path}`);
  }
  for (const name of there.keys())
    if (name.startsWith('attachments/') && !wanted.has(name)) problems.push(`Not named by the record: ${name}`);
  return check('attachments', `${wanted.size} files, each the one that the record names`, problems);
}
