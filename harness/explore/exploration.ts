import type { Finding } from '../judge/finding.ts';
import type { CrashState } from './crash-state.ts';
import type { StateKind } from './enumeration.ts';
import { isSmaller, pruneArguments, type EpochResult, type KindCount, type PruneArgument } from './epoch-result.ts';
import type { Boots } from './state-judge.ts';
import type { ExploreSubject } from './subject.ts';

export interface OutcomeClass {
  readonly name: string;
  readonly boots: Boots;
  readonly states: number;
  /** False: some oracle objects. */
  readonly sound: boolean;
  readonly smallest: CrashState;
  readonly findings: readonly Finding[];
  /** Phases in which such states lie, with how many. */
  readonly phases: Readonly<Record<string, number>>;
}

/** A column of the map: cut positions [from, to) with the states of each outcome. */
export interface MapColumn {
  readonly from: number;
  readonly to: number;
  readonly old: number;
  readonly new: number;
  readonly failing: number;
}

/** What an exploration found, epochs put together. Plain data. */
export interface Exploration {
  readonly enumerated: number;
  readonly unique: number;
  readonly pruned: Readonly<Record<PruneArgument, number>>;
  readonly kinds: Readonly<Partial<Record<StateKind, KindCount>>>;
  readonly phases: Readonly<Record<string, number>>;
  /** Failing ones first, the most frequent first. */
  readonly classes: readonly OutcomeClass[];
  readonly map: readonly MapColumn[];
  readonly checked: number;
  readonly disagreements: EpochResult['disagreements'];
  /** Time of all threads together. */
  readonly judgedMs: number;
  readonly checkedMs: number;
}

const mapColumns = 240;

/** Puts the results of epochs together, in whatever order they came. */
export function explorationOf(subject: ExploreSubject, results: readonly EpochResult[]): Exploration {
  const ordered = [...results].sort((a, b) => a.epoch.start - b.epoch.start);
  const sum = (of: (result: EpochResult) => number): number => ordered.reduce((all, result) => all + of(result), 0);
  const kinds: Partial<Record<StateKind, KindCount>> = {};
  for (const result of ordered)
    for (const [kind, { enumerated, unique }] of Object.entries(result.kinds) as [StateKind, KindCount][]) {
      const known = kinds[kind] ?? { enumerated: 0, unique: 0 };
      kinds[kind] = { enumerated: known.enumerated + enumerated, unique: known.unique + unique };
    }
  const classes = classesOf(subject, ordered);
  const phases: Record<string, number> = {};
  for (const one of classes)
    for (const [phase, states] of Object.entries(one.phases)) phases[phase] = (phases[phase] ?? 0) + states;
  const counts = Object.values(kinds);
  return {
    enumerated: counts.reduce((all, { enumerated }) => all + enumerated, 0),
    unique: counts.reduce((all, { unique }) => all + unique, 0),
    pruned: Object.fromEntries(
      pruneArguments.map((argument) => [argument, sum(({ pruned }) => pruned[argument])]),
    ) as Exploration['pruned'],
    kinds,
    phases,
    classes,
    map: mapOf(subject, ordered),
    checked: sum(({ checked }) => checked),
    disagreements: ordered.flatMap(({ disagreements }) => disagreements),
    judgedMs: sum(({ judgedMs }) => judgedMs),
    checkedMs: sum(({ checkedMs }) => checkedMs),
  };
}

function classesOf({ windows }: ExploreSubject, results: readonly EpochResult[]): OutcomeClass[] {
  const found = new Map<string, OutcomeClass>();
  for (const { classes } of results)
    for (const [name, { states, boots, smallest, findings, at }] of Object.entries(classes)) {
      const known = found.get(name);
      const phases = { ...known?.phases };
      for (const [entries, count] of at) {
        const phase = windows.find(({ from, to }) => from <= entries && entries < to)?.phase ?? 'between phases';
        phases[phase] = (phases[phase] ?? 0) + count;
      }
      const best = known && !isSmaller(smallest, known.smallest) ? known : { smallest, findings };
      const sound = findings.length === 0 && (boots === 'old' || boots === 'new');
      found.set(name, {
        name,
        boots,
        states: (known?.states ?? 0) + states,
        sound,
        smallest: best.smallest,
        findings: best.findings,
        phases,
      });
    }
  return [...found.values()].sort((a, b) => Number(a.sound) - Number(b.sound) || b.states - a.states);
}

function mapOf({ range: [from, to] }: ExploreSubject, results: readonly EpochResult[]): MapColumn[] {
  const width = Math.max(1, Math.ceil((to - from + 1) / mapColumns));
  const columns = Array.from({ length: Math.ceil((to - from + 1) / width) }, (_, i) => ({
    from: from + i * width,
    to: Math.min(to + 1, from + (i + 1) * width),
    old: 0,
    new: 0,
    failing: 0,
  }));
  for (const { classes } of results)
    for (const { boots, findings, at } of Object.values(classes)) {
      const outcome = findings.length === 0 && (boots === 'old' || boots === 'new') ? boots : 'failing';
      for (const [entries, count] of at) {
        const column = columns[Math.floor((entries - from) / width)];
        if (column) column[outcome] += count;
      }
    }
  return columns;
}
