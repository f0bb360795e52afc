import { verdictKind } from '../harness/record/event.ts';
import { countsAsFailed, exitCodeOf } from '../harness/record/exit-code.ts';
import type { Ledger } from '../harness/record/ledger.ts';
import { noteOf } from '../harness/record/note.ts';
import { standingIn } from '../harness/record/qualification-standing.ts';
import { caseFacts } from './case-facts.ts';
import { oneLine } from './printable.ts';

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

/**
 * OpenMetrics 1.0 text (openmetrics.io), for a node exporter's textfile collector or a push gateway. Gauges throughout: a night is one
 * moment, and the file of the next one replaces it.
 */
export function openMetrics(ledger: Ledger): string {
  const { run, cases, countsByKind, ended, lastAt } = ledger;
  const durationMs = ended?.durationMs ?? Math.max(0, Date.parse(lastAt) - Date.parse(run.at));
  const steps = cases.flatMap(({ planned, steps }) => steps.map((step) => ({ ...step, case: planned.case })));
  const phases = cases.flatMap(({ planned, notes }) =>
    notes.flatMap((note) =>
      Object.entries(noteOf('phase-times', note)?.phasesMs ?? {}).map(([phase, ms]): Sample => [
        { case: planned.case, phase },
        ms / 1000,
      ]),
    ),
  );
  const standing = standingIn(ledger);
  const lines = [
    ...family('bootproof_run_info', 'The run that these figures are of', [
      [{ run: run.run, profile: run.profile, tool: run.tool.version, commit: run.tool.commit }, 1],
    ]),
    ...family('bootproof_run_start_seconds', 'When the run began (Unix time)', [[{}, Date.parse(run.at) / 1000]]),
    ...family('bootproof_run_duration_seconds', 'How long the run took', [[{}, durationMs / 1000]]),
    ...family('bootproof_run_exit_code', 'Exit code by rule', [[{}, exitCodeOf(ledger).code]]),
    ...family(
      'bootproof_run_qualified',
      '1: made in the configuration of the last qualification, which had no survivor',
      standing ? [[{ standing: standing.status }, Number(standing.status === 'inside')]] : [],
    ),
    ...family(
      'bootproof_cases',
      'Cases by verdict; negatives must be caught, and count as passed then',
      (['positive', 'negative'] as const).flatMap((kind) =>
        verdictKind.options.map((verdict): Sample => [{ kind, verdict }, countsByKind[kind][verdict]]),
      ),
    ),
    ...family(
      'bootproof_case_passed',
      '1: this case ended as it must',
      cases.map(({ planned, verdict }): Sample => [
        { case: planned.case, bench: planned.bench },
        Number(verdict.verdict === 'passed' && !countsAsFailed(verdict)),
      ]),
    ),
    ...family(
      'bootproof_case_duration_seconds',
      'How long a case took',
      cases.map(({ planned, verdict }): Sample => [{ case: planned.case }, verdict.durationMs / 1000]),
    ),
    ...family('bootproof_step_duration_seconds', 'Time of all steps of this name in a case', summed(steps)),
    ...family('bootproof_phase_duration_seconds', 'Time of all phases of this name in a case', merged(phases)),
    ...family(
      'bootproof_cuts',
      'Power cuts by phase that they hit',
      merged(
        cases.flatMap((one) =>
          caseFacts(one).faults.flatMap(({ kind, hit }): Sample[] =>
            kind === 'power-cut' && hit !== undefined ? [[{ phase: hit }, 1]] : [],
          ),
        ),
      ),
    ),
    '# EOF',
  ];
  return `${lines.join('\n')}\n`;
}

function summed(
  steps: readonly { readonly case: string; readonly name: string; readonly durationMs: number }[],
): Sample[] {
  return merged(steps.map((step): Sample => [{ case: step.case, step: step.name }, step.durationMs / 1000]));
}

/** A set of labels may stand in a family once. */
function merged(samples: readonly Sample[]): Sample[] {
  const sums = new Map<string, number>();
  for (const [labels, value] of samples) {
    const key = JSON.stringify(labels);
    sums.set(key, (sums.get(key) ?? 0) + value);
  }
  return [...sums].map(([key, value]) => [JSON.parse(key) as Labels, value]);
}

function family(name: string, help: string, samples: readonly Sample[]): string[] {
  if (samples.length === 0) return [];
  return [
    `# TYPE ${name} gauge`,
    `# HELP ${name} ${help}`,
    // names that differ only in what cannot be shown are one sample
    ...[
      ...new Map(
        samples.map(([labels, value]) => [`${name}${labelText(labels)}`, Number.isFinite(value) ? value : 'NaN']),
      ),
    ].map((sample) => sample.join(' ')),
  ];
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return oneLine(value, 200).replace(/[\\"]/g, (char) => `\\${char}`);
}
