import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunRecord } from '../harness/record/run-record.ts';
import { generateAllureHtml } from './allure/generate.ts';
import { writeAllureResults } from './allure/results.ts';

/** Writes `allure-results/` and, of them, `allure-report/index.html` below `outDir`; gives the page. The results stay when the page fails. */
export async function allureReport(run: RunRecord, outDir: string, generate = generateAllureHtml): Promise<string> {
  const resultsDir = join(outDir, 'allure-results');
  const htmlDir = join(outDir, 'allure-report');
  await rm(resultsDir, { recursive: true, force: true });
  await rm(htmlDir, { recursive: true, force: true });
  await mkdir(resultsDir, { recursive: true });
  await writeAllureResults(run, resultsDir);
  return generate(resultsDir, htmlDir);
}
