import type { VerdictKind } from '../harness/record/event.ts';
import { aboutOf, notCompliance } from '../harness/record/about.ts';
import { countsAsFailed, exitCodeOf } from '../harness/record/exit-code.ts';
import type { CaseLedger, Ledger } from '../harness/record/ledger.ts';
import { standingIn, standingWarning } from '../harness/record/qualification-standing.ts';
import { duration, share } from './case-facts.ts';
import { oneLine } from './printable.ts';

interface ShownReport {
  readonly format: string;
  readonly path: string;
  readonly error?: string;
  readonly note?: string;
}

export interface SummaryOptions {
  /** Of the terminal; what does not fit is cut with an ellipsis. Infinity (the default) for a log file. */
  readonly columns?: number;
  /** Never on a non-TTY, nor with NO_COLOR: the caller asks `useColour`. */
  readonly colour?: boolean;
  readonly reports?: readonly ShownReport[];
}

/** What the terminal can show in colour: https://no-color.org asks for any non-empty value to be honoured. */
export function useColour(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}

const ansi: Record<VerdictKind, number> = {
  passed: 32,
  failed: 31,
  broken: 33,
  'not-applicable': 90,
  'known-issue': 35,
  aborted: 31,
  'not-run': 90,
};

/** The end of a run on a terminal: a line a case, the counts with the share of not-applicable first, where the reports are. */
export function summary(ledger: Ledger, options: SummaryOptions = {}): string {
  const columns = Math.max(40, options.columns ?? Infinity);
  const verdictWidth = Math.max(0, ...ledger.cases.map(({ verdict }) => verdict.verdict.length));
  const lines = [
    ...ledger.cases.flatMap((one) => caseLines(one, verdictWidth, columns, options.colour ?? false)),
    '',
    fit(countLine(ledger), columns),
    ...kindLines(ledger).map((line) => fit(line, columns)),
    ...ledger.problems.map((problem) => fit(`The record is not sound: ${problem}`, columns)),
    fit(endLine(ledger), columns),
    fit(aboutOf(ledger).text, columns),
    fit(notCompliance, columns),
    ...qualificationLines(ledger).map((line) => fit(line, columns)),
    ...reportLines(options.reports ?? []),
  ];
  return `${lines.join('\n')}\n`;
}

function caseLines({ planned, verdict }: CaseLedger, width: number, columns: number, colour: boolean): string[] {
  const word = verdict.verdict.padEnd(width);
  const time = ` ${duration(verdict.durationMs).padStart(11)}`;
  const painted = colour ? `\u001b[${ansi[verdict.verdict]}m${word}\u001b[0m` : word;
  const left = columns - word.length - time.length - 4;
  const first = `${painted}${time}  ${fit(planned.case, left)}`;
  // The reason of what did not pass stands below its case, where it has room.
  const indent = ' '.repeat(Math.min(width + 14, Math.floor(columns / 4)));
  const reason = verdict.reason === '' ? [] : [`${indent}${fit(verdict.reason, columns - indent.length)}`];
  const isWrong = countsAsFailed(verdict) || verdict.verdict === 'broken';
  // Never cut: it is there to be copied.
  const again = isWrong && verdict.reproduce !== '' ? [`${indent}again: ${oneLine(verdict.reproduce, Infinity)}`] : [];
  return [first, ...reason, ...again];
}

function countLine({ counts, cases }: Ledger): string {
  const { 'not-applicable': notApplicable, ...others } = counts;
  const seen = Object.entries(others).filter(([kind, n]) => n > 0 || kind === 'passed' || kind === 'failed');
  return [
    `${share(notApplicable, cases.length)} not applicable (${notApplicable} of ${cases.length})`,
    ...seen.map(([kind, n]) => `${n} ${kind}`),
  ].join(', ');
}

function kindLines({ cases, countsByKind }: Ledger): string[] {
  const negatives = cases.filter(({ kind }) => kind === 'negative').length;
  return negatives === 0 ? [] : [`${countsByKind.negative.passed} of ${negatives} negatives caught`];
}

/** Nothing where all is as it should be, or where an older record does not say. */
function qualificationLines(ledger: Ledger): string[] {
  const warning = standingWarning(standingIn(ledger));
  return warning === undefined ? [] : [warning];
}

function endLine(ledger: Ledger): string {
  const { code, reason } = exitCodeOf(ledger);
  const early = ledger.ended ? '' : 'The harness ended early. ';
  return reason === '' ? `${early}Exit code ${code}` : `${early}Exit code ${code}: ${reason}`;
}

function reportLines(reports: readonly ShownReport[]): string[] {
  const width = Math.max(0, ...reports.map(({ format }) => format.length));
  // Paths are never cut: they are there to be opened.
  return reports.flatMap(({ format, path, error, note }) => [
    error === undefined
      ? `${format.padEnd(width)}  ${oneLine(path, Infinity)}`
      : `${format.padEnd(width)}  not written: ${oneLine(error, 1000)}`,
    ...(note === undefined ? [] : [`${' '.repeat(width)}  ${oneLine(note, 1000)}`]),
  ]);
}

function fit(text: string, columns: number): string {
  return oneLine(text, Math.max(1, Math.min(columns, 2000)));
}
