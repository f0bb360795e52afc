import type { Finding } from '../judge/finding.ts';
import { judge, oracles as realOracles, type Oracle, type Oracles } from '../judge/judge.ts';
import { detached } from '../judge/test-breakage.ts';
import { cleanTransition, type TransitionShape } from '../judge/test-transition.ts';
import type { Transition } from '../judge/transition.ts';
import type { MutantResult } from '../record/qualification.ts';
import { deviceMutants, type DeviceMutant } from './device-mutants.ts';
import { outcomeOf } from './outcome.ts';

/** Every device that is wrong in one place, judged by the real oracles. */
export function runDeviceMutants(by: Oracles = realOracles): MutantResult[] {
  return deviceMutants.map((mutant) => {
    const expected = [...mutant.codes];
    const found = violationsOf(mutant, by);
    const id = `device/oracle-${mutant.oracle}/${mutant.codes.join('+')}/${slug(mutant.what)}`;
    const base = { id, kind: 'device', what: mutant.what, caughtBy: `oracle ${mutant.oracle}` } as const;
    return { ...base, expected, found, outcome: outcomeOf(expected, found), reason: '' };
  });
}

/** Each oracle broken in three ways, judged by the suite above: it must fail, and only where that oracle is needed. */
export function runOracleMutants(real: Oracles = realOracles): MutantResult[] {
  return Object.keys(real)
    .map(Number)
    .flatMap((number) =>
      breakages.map(({ name, what, broken, finds }) => {
        const original = real[number] as Oracle;
        const found = suiteOver({ ...real, [number]: broken(original, number) });
        const expected = [`${finds}-${number}`];
        const base = { id: `oracle/${number}/${name}`, kind: 'oracle', what: `oracle ${number} ${what}` } as const;
        return {
          ...base,
          caughtBy: 'device mutants',
          expected,
          found,
          outcome: outcomeOf(expected, found),
          reason: '',
        };
      }),
    );
}

interface Breakage {
  readonly name: string;
  /** Completes "oracle 7 ...". */
  readonly what: string;
  readonly broken: (real: Oracle, number: number) => Oracle;
  readonly finds: 'missed' | 'accused';
}

const breakages: readonly Breakage[] = [
  { name: 'silent', what: 'never finds anything', broken: () => () => [], finds: 'missed' },
  {
    name: 'notes',
    what: 'says by a note what is a violation',
    broken: (real) => (t) => real(t).map((finding) => ({ ...finding, severity: 'note' })),
    finds: 'missed',
  },
  {
    name: 'accuses',
    what: 'finds something in every transition',
    broken: (real, oracle) => (t) => [...real(t), madeUp(oracle)],
    finds: 'accused',
  },
];

function madeUp(oracle: number): Finding {
  return { oracle, code: 'made-up', severity: 'violation', message: 'Made up', details: {}, view: 'transition' };
}

const cleanShapes: readonly TransitionShape[] = [
  {},
  { kind: 'reboot' },
  { kind: 'rollback' },
  { kind: 'automatic-rollback' },
  { kind: 'stage-only' },
  { fault: 'before-commit' },
  { fault: 'commit-flushed' },
];

/** What the validation suite says of a judge: `accused-N`, oracle N finds something in a clean transition; `missed-N`, a mutant of oracle N is not killed. */
export function suiteOver(by: Oracles): string[] {
  const accused = cleanShapes.flatMap((shape) => violations(cleanTransition(shape), by).map(({ oracle }) => oracle));
  if (accused.length > 0) return [...new Set(accused)].map((oracle) => `accused-${oracle}`);
  const missed = deviceMutants.filter((mutant) => outcomeOf(mutant.codes, violationsOf(mutant, by)) !== 'killed');
  return [...new Set(missed.map(({ oracle }) => `missed-${oracle}`))];
}

function violationsOf({ shape, change }: DeviceMutant, by: Oracles): string[] {
  const broken = detached(cleanTransition(shape));
  change(broken);
  return [...new Set(violations(broken as Transition, by).map(({ code }) => code))].sort();
}

function violations(transition: Transition, by: Oracles): Finding[] {
  return judge(transition, by).filter(({ severity }) => severity === 'violation');
}

function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
