import type { SystemVolumes } from '../blocklog/system-volumes.ts';
import type { SectorRange } from '../update/phases/block-log.ts';
import type { CommitPoint } from '../update/phases/commit-point.ts';
import type { PhaseWindow } from '../update/phases/timeline.ts';
import type { Transition } from '../judge/transition.ts';
import type { Bound, Enumeration } from './enumeration.ts';
import type { Manifest } from '../observe/observation.ts';

/** What is explored: a recorded update with all that its states are judged by. Plain data, for workers and for the record. */
export interface ExploreSubject {
  readonly basePath: string;
  readonly logPath: string;
  readonly volumes: SystemVolumes;
  /** How the boot loader picks, by kind of `bootMenus`. */
  readonly menu: string;
  /** Cut positions [from, to) that are explored: before them the update had not begun. */
  readonly range: readonly [from: number, to: number];
  readonly windows: readonly PhaseWindow[];
  readonly commit: CommitPoint | undefined;
  /** Where the harness wrote its own marks; absent: the log has none. */
  readonly marks?: SectorRange;
  /**
   * Cut position at which the new system first mounts its root: from here on an unexpected file in /etc may be its own. Absent: never, or a
   * control run says which files those are.
   */
  readonly bootedAt?: number;
  /** The update, as the oracles want it, but for what a crash state shows. */
  readonly transition: Omit<Transition, 'after' | 'offline' | 'fault' | 'fsckProblems'>;
  /** Manifest of /usr by commit. */
  readonly usr: Readonly<Record<string, Manifest>>;
}

/** What is enumerated of a subject: the harness's own marks are no writes of the device. */
export function enumerationOf(
  { marks }: Pick<ExploreSubject, 'marks'>,
  bound: Bound,
  dense: Enumeration['dense'],
): Enumeration {
  return { bound, dense, ...(marks ? { excluded: [marks.firstSector, marks.sectors] } : {}) };
}
