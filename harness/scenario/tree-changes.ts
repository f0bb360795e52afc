import { UsageError } from '../errors/harness-error.ts';
import { differences } from '../judge/entry-difference.ts';
import type { Manifest } from '../observe/observation.ts';

export interface TreeOptions {
  /** Only what is at or below this path; default: all. */
  readonly below?: string;
  /** Paths that are not compared, nor what is below them. */
  readonly apartFrom?: readonly string[];
}

/**
 * How two observations of a tree differ, `path: what` in the order of the paths; []: they are the same, to the extended attributes and the hard
 * links. @throws UsageError `scenario-misuse` when there is nothing to compare: an empty tree is the same as any other empty one.
 */
export function treeChanges(
  before: Manifest | undefined,
  after: Manifest | undefined,
  { below = '', apartFrom = [] }: TreeOptions = {},
): string[] {
  const inside = (path: string, root: string): boolean => root === '' || path === root || path.startsWith(`${root}/`);
  const pick = (tree: Manifest = {}): string[] =>
    Object.keys(tree).filter((path) => inside(path, below) && !apartFrom.some((root) => inside(path, root)));
  const [was, is] = [pick(before), pick(after)];
  if (was.length === 0) {
    throw new UsageError(`Nothing to compare: no entry at ${below === '' ? 'the root' : below}`, {
      code: 'scenario-misuse',
      hint: 'was the tree observed, and written before the transition?',
    });
  }
  return [...new Set([...was, ...is])].sort().flatMap((path) => {
    const [one, other] = [before?.[path], after?.[path]];
    if (one === undefined) return [`${path}: added`];
    if (other === undefined) return [`${path}: gone`];
    const how = differences(one, other, { hardlinks: true });
    return how.length === 0 ? [] : [`${path}: ${how.join(' ')}`];
  });
}
