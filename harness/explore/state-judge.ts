import { judgeDisk } from '../judge/judge.ts';
import type { Finding } from '../judge/finding.ts';
import { commitOf } from '../judge/deployment-name.ts';
import type { SystemView } from '../observe/observation.ts';
import { positionOf } from '../update/phases/commit-point.ts';
import type { CrashState } from './crash-state.ts';
import type { ObservedContent, ObservedState, ObservedView, UnreadableState } from './observed-state.ts';
import type { ExploreSubject } from './subject.ts';

/** What a boot from a crash state is predicted to end in; `other`: a deployment of neither image. */
export type Boots = 'old' | 'new' | 'other' | 'nothing';

export interface StateVerdict {
  readonly boots: Boots;
  /** Violations only. */
  readonly findings: readonly Finding[];
}

const noLeftovers: SystemView['leftovers'] = {
  deploymentDirs: [],
  loaderDirs: [],
  bootOstreeDirs: [],
  bootlinks: [],
  repoTmp: [],
};

/** Oracles 1 to 8, as far as a disk answers them, over one crash state. Pure. */
export function judgeState(
  { transition, commit, windows, bootedAt = Infinity }: ExploreSubject,
  { entries }: Pick<CrashState, 'entries'>,
  observed: ObservedState | UnreadableState,
): StateVerdict {
  if ('unreadable' in observed) return { boots: 'nothing', findings: [unreadable(observed)] };
  const { firmware, kernel, content, bootedContent, pickedResolvesTo, damage } = observed;
  const position = positionOf(commit, { entry: entries });
  const phase = windows.find(({ from, to }) => from <= entries && entries < to)?.phase ?? 'none';
  const judged = (contents: ObservedContent | undefined): Finding[] =>
    judgeDisk({
      ...transition,
      offline: { firmware: viewOf('firmware', firmware), kernel: viewOf('kernel', kernel, contents), pickedResolvesTo },
      fault: { kind: 'power-cut', phaseAsked: phase, phaseHit: phase, position, lossModel: 'memory+cache' },
      fsckProblems: damage,
    }).filter(
      ({ severity, code }) => severity === 'violation' && !(code === 'etc-unexpected-change' && entries > bootedAt),
    );
  const findings = judged(content);
  // Where firmware and kernel pick different systems, the one that boots has to be whole too.
  if (bootedContent) {
    const known = new Set(findings.map(identityOf));
    findings.push(...judged(bootedContent).filter((finding) => !known.has(identityOf(finding))));
  }
  return { boots: pickedResolvesTo === null ? 'nothing' : systemOf(transition, commitOf(pickedResolvesTo)), findings };
}

/** Which of the two systems a commit is. */
export function systemOf(
  { from, to }: Pick<ExploreSubject['transition'], 'from' | 'to'>,
  commit: string | undefined,
): Boots {
  if (commit === to.commit) return 'new';
  return commit === from.commit ? 'old' : 'other';
}

function viewOf(view: 'firmware' | 'kernel', seen: ObservedView, content?: ObservedContent): SystemView {
  const given = Object.entries(content ?? {}).filter(([, part]) => part !== undefined);
  return { view, ...seen, leftovers: noLeftovers, ...(Object.fromEntries(given) as Partial<SystemView>) };
}

function unreadable({ unreadable: view, why }: UnreadableState): Finding {
  const code = view === 'kernel' ? 'file-system-damaged' : 'no-bootable-entry';
  return {
    oracle: view === 'kernel' ? 10 : 2,
    code,
    severity: 'violation',
    message: `Cannot be read at all: the disk in the ${view}'s view: ${why}`,
    details: {},
    view,
  };
}

const identityOf = ({ code, view, message }: Finding): string => `${code} ${view} ${message}`;

/** States with the same class end in the same way, for the same reasons. */
export function classOf({ boots, findings }: StateVerdict): string {
  const codes = [...new Set(findings.map(({ code, view }) => `${code}/${view}`))].sort();
  return [`boots ${boots}`, ...codes].join(' ');
}
