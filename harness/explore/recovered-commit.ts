import type { RecordedDisk } from '../blocklog/disk-state.ts';
import { commitOf } from '../judge/deployment-name.ts';
import { bootMenuOf } from '../observe/offline/boot-menu.ts';
import { choiceOf } from '../observe/offline/disk-choice.ts';
import { flushesOf } from '../update/phases/block-log.ts';
import type { CommitPoint } from '../update/phases/commit-point.ts';
import type { ExploreSubject } from './subject.ts';

/**
 * Where the commit of an update stands while a device recovers from a crash state of it. Both views of that state pick the new system: safe before
 * the first entry. One of them does: issued before it, and safe from the first flush after which both do. Neither: not committed, and no
 * recovery may do that by itself.
 */
export function recoveredCommit(
  recovery: RecordedDisk,
  { volumes, menu, transition: { to } }: Pick<ExploreSubject, 'volumes' | 'menu' | 'transition'>,
): CommitPoint | undefined {
  const choicesAt = (entries: number): string[] =>
    (['firmware', 'kernel'] as const)
      .map((view) => choiceOf(recovery.at(entries), volumes, { menu: bootMenuOf(menu) }, view))
      .filter((choice) => choice !== undefined)
      .filter((choice) => commitOf(choice) === to.commit);
  const [choice, other] = choicesAt(0);
  if (choice === undefined) return undefined;
  const settled = (index: number): boolean => choicesAt(index + 1).length === 2;
  return { choice, issued: -1, flushed: other === undefined ? flushesOf(recovery.log).find(settled) : -1 };
}
