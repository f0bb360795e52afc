import { bootedDeployment, commitOf, imageWords } from './deployment-name.ts';
import { reporter } from './evidence.ts';
import { expectedCommits } from './expected-commits.ts';
import type { Finding } from './finding.ts';
import { pickedEntry } from './picked-entry.ts';
import type { Transition } from './transition.ts';

/**
 * Oracle 8 as far as one transition shows it; over all flush states of a recording it is the explorer's. That a firmware which lags behind
 * still finds its old system is oracle 3.
 */
export function noWayBack(t: Transition): Finding[] {
  return [...picks(t), ...attempts(t), ...nextBoot(t)];
}

/** The disk between cut and boot: whether what would be picked is allowed where the cut fell. */
function picks(t: Transition): Finding[] {
  if (!t.offline || !isAsked(t) || t.from.commit === t.to.commit || exhausted(t)) return [];
  const { commits, reason } = expectedCommits(t);
  if (commits.length !== 1) return [];
  const found: Finding[] = [];
  for (const { view, boot } of [t.offline.firmware, t.offline.kernel]) {
    const { violation } = reporter(8, view);
    const pick = commitOf(pickedEntry(boot)?.resolvesTo);
    if (pick === undefined || commits.includes(pick)) continue;
    const words = `${imageWords(t, pick)} would be booted: ${reason}`;
    if (pick === t.to.commit) found.push(violation('picks-new-before-commit', words, { pick }));
    // The firmware does not replay the journal, so it may lag behind; the kernel's view may not.
    else if (view === 'kernel' && pick === t.from.commit)
      found.push(violation('picks-old-after-commit', words, { pick }));
  }
  return found;
}

/** For a system that runs once it is there: whatever a fault did on the way, it stays. */
function isAsked({ kind }: Transition): boolean {
  return kind === 'switch' || kind === 'update' || kind === 'rollback';
}

function exhausted({ attempts }: Transition): boolean {
  return attempts !== undefined && attempts.used >= attempts.granted;
}

/** The old system came back by itself: right only when the new one had all the attempts granted to it, and no more. */
function attempts(t: Transition): Finding[] {
  if (t.kind !== 'automatic-rollback') return [];
  const { violation, note } = reporter(8, 'transition');
  if (bootedDeployment(t.after)?.checksum !== t.from.commit) return [];
  if (t.attempts === undefined)
    return [note('attempts-not-counted', 'Nobody counted the boots of the new system before the old one came back')];
  const { used, granted } = t.attempts;
  if (used === granted) return [];
  const code = used < granted ? 'rolled-back-early' : 'rolled-back-late';
  return [
    violation(code, `The old system came back after ${used} boots of the new one, ${granted} were granted`, {
      used,
      granted,
    }),
  ];
}

/** After the boot: what runs, and was right, is what the next boot picks, unless something else was asked for. */
function nextBoot(t: Transition): Finding[] {
  const { violation } = reporter(8, 'live');
  const running = bootedDeployment(t.after)?.checksum;
  const pick = commitOf(pickedEntry(t.after.boot)?.resolvesTo);
  if (running === undefined || pick === undefined || pick === running) return [];
  const details = { running, pick };
  if (isAsked(t) && running === t.to.commit && pick === t.from.commit)
    return [
      violation(
        'next-boot-picks-old',
        `${imageWords(t, running)} runs, the next boot picks ${imageWords(t, pick)}`,
        details,
      ),
    ];
  if (t.kind === 'automatic-rollback' && running === t.from.commit && pick === t.to.commit)
    return [
      violation(
        'next-boot-picks-failed',
        `The next boot picks ${imageWords(t, pick)} again, which never became healthy`,
        details,
      ),
    ];
  return [];
}
