import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunRecord } from '../harness/record/run-record.ts';
import { openRun } from '../harness/record/run-record.ts';
import { allureReport } from './allure.ts';
import { htmlReport } from './html.ts';
import { junitReport } from './junit.ts';
import { openMetrics } from './openmetrics.ts';

export const reportFormats = ['html', 'junit', 'openmetrics', 'traces', 'allure'] as const;
export type ReportFormat = (typeof reportFormats)[number];

export interface WrittenReport {
  readonly format: ReportFormat;
  /** Where it is, or would be. */
  readonly path: string;
  /** Why it is not there. */
  readonly error?: string;
  /** What else came of it: whether it was sent to where the environment says. */
  readonly note?: string;
}

/** Gives the note of a report, if there is anything to note. */
type Writer = (run: RunRecord, path: string) => Promise<string | undefined | void>;

const reports: Readonly<Record<ReportFormat, { readonly path: string; readonly write: Writer }>> = {
  html: { path: 'report.html', write: async (run, path) => replace(path, await htmlReport(run)) },
  junit: { path: 'junit.xml', write: async (run, path) => replace(path, junitReport(run.ledger)) },
  openmetrics: { path: 'metrics.prom', write: async (run, path) => replace(path, openMetrics(run.ledger)) },
  traces: { path: 'traces.otlp.json', write: writeTraces },
  allure: { path: join('allure-report', 'index.html'), write: async (run) => void (await allureReport(run, run.dir)) },
};

/**
 * Writes reports of a run beside its record, one after the other; one that fails says so in its result and stops no other.
 * @throws UsageError when there is no sound record to report on (see readRecord).
 */
export async function writeReports(
  runDir: string,
  options: { readonly formats?: readonly ReportFormat[]; readonly run?: RunRecord } = {},
): Promise<WrittenReport[]> {
  const run = options.run ?? (await openRun(runDir));
  const written: WrittenReport[] = [];
  for (const format of options.formats ?? reportFormats) {
    const path = join(runDir, reports[format].path);
    try {
      const note = await reports[format].write(run, path);
      written.push({ format, path, ...(note ? { note } : {}) });
    } catch (error) {
      written.push({ format, path, error: error instanceof Error ? error.message : String(error) });
    }
  }
  return written;
}

async function writeTraces({ ledger }: RunRecord, path: string): Promise<string | undefined> {
  // loaded late: what sends it is needed by nobody who asks for another report
  const { otlpJsonLines, sendTrace, traceBatches } = await import('./traces.ts');
  const batches = traceBatches(ledger);
  await replace(path, otlpJsonLines(batches));
  return sendTrace(batches);
}

/** The old report stays until the new one is whole. */
async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.part`, text);
  await rename(`${path}.part`, path);
}
