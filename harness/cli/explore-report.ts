import type { RecordedDisk } from '../blocklog/disk-state.ts';
import type { CrashState, StateIds } from '../explore/crash-state.ts';
import type { Exploration, OutcomeClass } from '../explore/exploration.ts';
import type { Bound } from '../explore/enumeration.ts';
import type { ExploreSubject } from '../explore/subject.ts';
import { WriteOwners, type OwnedWrite } from '../explore/write-owners.ts';
import { bootWords, type StateBoot } from '../session/state-boot.ts';
import { table } from './table.ts';

/** A class as the record keeps it. */
export interface ReportedClass extends Omit<OutcomeClass, 'smallest' | 'findings'> {
  /** Id of the smallest state. */
  readonly state: string;
  readonly findings: readonly { readonly oracle: number; readonly code: string; readonly message: string }[];
  /** What the smallest state lost, and the last write that it holds; of failing classes alone. */
  readonly lost: readonly OwnedWrite[];
  readonly last?: OwnedWrite;
  /** What a boot of the smallest state ended in; absent: none was made. */
  readonly booted?: StateBoot;
}

/** Classes with ids for their states and, where they fail, with the writes that make the difference. */
export function reportedClasses(disk: RecordedDisk, ids: StateIds, { classes }: Exploration): ReportedClass[] {
  return classes.map(({ smallest, findings, ...one }) => ({
    ...one,
    state: ids.id(smallest),
    findings: findings.map(({ oracle, code, message }) => ({ oracle, code, message })),
    ...(one.sound ? { lost: [] } : lossOf(disk, smallest)),
  }));
}

function lossOf(disk: RecordedDisk, { entries, dropped, torn }: CrashState): Pick<ReportedClass, 'lost' | 'last'> {
  const owners = new WriteOwners(disk, entries);
  const lost = [...dropped, ...(torn ? [entries - 1] : [])].slice(0, 20).map((entry) => owners.describe(entry));
  return { lost, ...(entries > 0 ? { last: owners.describe(entries - 1) } : {}) };
}

/** The note `exploration` of the record. */
export function explorationNote(
  subject: ExploreSubject,
  exploration: Exploration,
  classes: readonly ReportedClass[],
  rest: {
    readonly base: string;
    readonly bound: Bound;
    readonly dense: readonly [number, number];
    readonly flushes: readonly number[];
    readonly finished: boolean;
    readonly wallMs: number;
    readonly workers: number;
    readonly peakRssBytes: number;
  },
): Record<string, unknown> {
  const { classes: _classes, map, disagreements, ...counts } = exploration;
  return {
    ...rest,
    ...counts,
    disagreements: disagreements.length,
    range: subject.range,
    windows: subject.windows,
    ...(subject.commit ? { commit: subject.commit } : {}),
    classes,
    map: map.map(({ from, to, old, new: fresh, failing }) => [from, to, old, fresh, failing]),
  };
}

/** For a terminal: what was explored, and what came out. */
export function explorationText(
  exploration: Exploration,
  classes: readonly ReportedClass[],
  bound: Bound,
  wallMs: number,
): string {
  const { enumerated, unique, pruned, checked, disagreements } = exploration;
  const failing = classes.filter(({ sound }) => !sound);
  const bad = failing.reduce((all, { states }) => all + states, 0);
  const lines = [
    `${enumerated} crash states (bound ${bound}), ${bad} that are neither old nor new, in ${(wallMs / 1000).toFixed(0)} s`,
    `${unique} judged anew; pruned: ${pruned['same-content']} with the same content, ${pruned.journal} that differ in unused journal blocks, ${pruned.known} in pages that no view reads or in known ones`,
    `${checked} of the pruned ones judged in full, ${disagreements.length} of these otherwise`,
    '',
    table(
      ['states', 'class', 'booted', 'smallest state'],
      classes.map(({ states, name, booted, state }) => [String(states), name, booted ? bootWords(booted) : '-', state]),
    ),
  ];
  for (const { state, findings, lost, last, phases } of failing) {
    lines.push('', `${state} (${Object.keys(phases).join(', ')})`);
    for (const { oracle, code, message } of findings) lines.push(`  oracle ${oracle} ${code}: ${message}`);
    for (const write of lost) lines.push(`  lost   ${write.entry}: ${write.what}`);
    if (last) lines.push(`  landed ${last.entry}: ${last.what}`);
  }
  return `${lines.join('\n')}\n`;
}
