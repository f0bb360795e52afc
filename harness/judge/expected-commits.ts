import { etcConflict } from './etc-expectation.ts';
import type { Transition } from './transition.ts';

export interface ExpectedCommits {
  /** One commit, or two where the cut may have fallen on either side. */
  readonly commits: readonly string[];
  /** For the record: why these. A set wider than one must be seen to be so. */
  readonly reason: string;
}

/** Oracle 1: the systems that may run after this transition. */
export function expectedCommits(t: Transition): ExpectedCommits {
  const old = (reason: string): ExpectedCommits => ({ commits: [t.from.commit], reason });
  const target = (reason: string): ExpectedCommits => ({ commits: [t.to.commit], reason });

  switch (t.kind) {
    case 'reboot':
      return old('nothing was changed before the reboot');
    case 'no-update':
      return old('there was nothing to update to');
    case 'stage-only':
      return old('an update that is only staged does not change what runs');
    case 'automatic-rollback':
      return old('the new system never became healthy, and the attempts granted to it were to end in the old one');
  }
  if (t.from.commit === t.to.commit) return old('the system asked for is the one that ran');
  if (t.stageDropped) return old('the update was staged but not finalized, and a stage does not outlive the boot');
  const position = t.fault?.position ?? 'none';
  if (position === 'before-commit') return old('the fault hit before the commit was issued');
  const conflict = etcConflict(t);
  if (conflict) return old(`the merge of /etc ends on a type conflict before the commit: ${conflict.reason}`);
  if (position === 'commit-issued')
    return {
      commits: [t.from.commit, t.to.commit],
      reason: 'the fault hit after the commit was issued and before it was flushed: either may have reached the disk',
    };
  if (position === 'commit-flushed') return target('the fault hit after the commit was flushed');
  return target(t.fault ? 'the fault left the update to run to its end' : 'nothing interrupted it');
}
