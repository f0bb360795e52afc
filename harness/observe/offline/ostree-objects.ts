import { createHash } from 'node:crypto';
import { ProductError } from '../../errors/harness-error.ts';
import { GVariantError } from './gvariant-error.ts';
import { ostreeFileChecksum } from './ostree-file-checksum.ts';
import { parseCommit, parseDirTree, type ObjectType, type OstreeRepo } from './ostree-repo.ts';
import { printable } from './tree-walk.ts';

export interface ObjectProblem {
  /** `CHECKSUM.TYPE` */
  readonly object: string;
  readonly problem: 'missing' | 'empty' | 'checksum-mismatch' | 'malformed' | 'unreadable' | 'partial';
  /** First path in the commit that needs it, escaped; `/` is the root. */
  readonly path: string;
}

export interface ObjectCheck {
  readonly commit: string;
  /** At most 100; then the rest is not looked at. Empty: whole. */
  readonly problems: readonly ObjectProblem[];
  readonly objectsChecked: number;
}

export interface ObjectCheckOptions {
  /** `checksum`: every content object is read. `present` (default): only empty ones are; others must exist. */
  readonly content?: 'present' | 'checksum';
}

const problemLimit = 100;
const objectLimit = 500_000;
const pathLimit = 4096;

type Wanted = { checksum: string; type: ObjectType; path: string };

/**
 * Walks a commit down to its files: a committed boot entry must have no missing, empty or damaged object behind it.
 * A damaged object is a problem, not an error. @throws UsageError `ostree-repo-mode` for another mode than `bare`; FileSystemDamage when
 * the repository's own directory or configuration cannot be read.
 */
export function checkCommit(
  repo: OstreeRepo,
  commit: string,
  { content = 'present' }: ObjectCheckOptions = {},
): ObjectCheck {
  repo.checkMode();
  const problems: ObjectProblem[] = [];
  const seen = new Set<string>();
  const todo: Wanted[] = [{ checksum: commit, type: 'commit', path: '/' }];
  if (repo.isPartial(commit)) problems.push({ object: `${commit}.commit`, problem: 'partial', path: '/' });
  for (let wanted = todo.pop(); wanted !== undefined && problems.length < problemLimit; wanted = todo.pop()) {
    const object = `${wanted.checksum}.${wanted.type}`;
    if (seen.has(object)) continue;
    seen.add(object);
    const result = checkObject(repo, wanted, content);
    if (typeof result === 'string') problems.push({ object, problem: result, path: printable(wanted.path) });
    else if (seen.size + todo.length + result.length <= objectLimit) todo.push(...result);
    else problems.push({ object, problem: 'malformed', path: `more than ${objectLimit} objects` });
  }
  return { commit, problems, objectsChecked: seen.size };
}

/** What the object refers to, or what is wrong with it. */
function checkObject(repo: OstreeRepo, wanted: Wanted, content: string): Wanted[] | ObjectProblem['problem'] {
  try {
    const inode = repo.object(wanted.checksum, wanted.type);
    if (!inode) return 'missing';
    const empty = inode.type === 'file' && inode.sizeBytes === 0;
    if (wanted.type === 'file') {
      if (content === 'present' && !empty) return [];
      // An empty file is an object like any other: only its checksum tells it from one that lost its content.
      if (ostreeFileChecksum(repo.fs, inode) === wanted.checksum) return [];
      return empty ? 'empty' : 'checksum-mismatch';
    }
    if (empty) return 'empty';
    const bytes = repo.fs.readFile(inode);
    if (createHash('sha256').update(bytes).digest('hex') !== wanted.checksum) return 'checksum-mismatch';
    return references(wanted, bytes);
  } catch (error) {
    if (error instanceof GVariantError) return 'malformed';
    if (error instanceof ProductError) return 'unreadable';
    throw error;
  }
}

function references({ type, path }: Wanted, bytes: Buffer): Wanted[] {
  if (type === 'commit') {
    const { rootTree, rootMeta } = parseCommit(bytes);
    return [
      { checksum: rootMeta, type: 'dirmeta', path },
      { checksum: rootTree, type: 'dirtree', path },
    ];
  }
  if (type !== 'dirtree') return [];
  // A tree cannot hold itself (its name is its hash), but a forged one can be deep: a path has an end in Linux too.
  if (path.length > pathLimit) throw new GVariantError('a path over 4096 characters');
  const below = (name: string): string => `${path === '/' ? '' : path}/${name}`;
  const { files, dirs } = parseDirTree(bytes);
  return [
    ...files.map(({ name, checksum }): Wanted => ({ checksum, type: 'file', path: below(name) })),
    ...dirs.flatMap(({ name, tree, meta }): Wanted[] => [
      { checksum: meta, type: 'dirmeta', path: below(name) },
      { checksum: tree, type: 'dirtree', path: below(name) },
    ]),
  ];
}
