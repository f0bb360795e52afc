import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestResult } from 'allure-js-commons';
import { expect } from 'chai';
import type { RunRecord } from '../harness/record/run-record.ts';
import { openRun } from '../harness/record/run-record.ts';
import { allureReport } from './allure.ts';
import type { Generator } from './allure/generate.ts';
import { generateAllureHtml } from './allure/generate.ts';
import { writeAllureResults } from './allure/results.ts';

const stored = fileURLToPath(new URL('./fixtures/v1', import.meta.url));
const failing: Generator = {
  name: 'no Java',
  argv: () => ['-e', 'console.error("JAVA_HOME is not set"); process.exit(1)'],
};
const pretending: Generator = { name: 'says success', argv: () => ['-e', ''] };
const page = (content: string): Generator => ({
  name: 'good',
  argv: (_, out) => [
    '-e',
    `const fs = require('fs'); fs.mkdirSync(process.argv[1], { recursive: true });
     fs.writeFileSync(process.argv[1] + '/index.html', process.argv[2])`,
    out,
    content,
  ],
});

describe('Allure', () => {
  let dir: string;
  let run: RunRecord;
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'allure-'));
    run = await openRun(stored);
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const results = () =>
    readdirSync(dir)
      .filter((name) => name.endsWith('-result.json'))
      .map((name) => JSON.parse(readFileSync(join(dir, name), 'utf8')) as TestResult);

  it('has a result for every planned case, its status set by the verdict', async () => {
    await writeAllureResults(run, dir);
    const statuses = Object.fromEntries(results().map(({ fullName = '', status }) => [fullName, status]));
    expect(statuses).to.deep.equal({
      'update/plain#1': 'passed',
      'interrupted/boot-swap#1': 'failed',
      'interrupted/finalize#1': 'skipped',
      'interrupted/pull#1': 'broken',
      'network/gone#1': 'skipped',
      'rollback/asked#1': 'skipped',
      'negative/var-not-mounted#1': 'passed',
      'negative/cut-that-did-not-cut#1': 'failed',
      'etc/merge#1': 'broken',
      'var/canaries#1': 'broken',
    });
  });

  it('carries labels, parameters, steps with their times, and files as text', async () => {
    await writeAllureResults(run, dir);
    const failed = results().find(({ fullName }) => fullName === 'interrupted/boot-swap#1');
    expect(failed?.labels).to.deep.include.members([
      { name: 'epic', value: 'UPD-INT-004' },
      { name: 'epic', value: 'UPD-INT-005' },
      { name: 'suite', value: 'interrupted/boot-swap' },
    ]);
    expect(failed?.parameters.map(({ name, value }) => `${name}: ${value}`)).to.include(
      `old image: v1 ${'1'.repeat(64)}`,
    );
    expect(failed?.steps.map(({ name, status, start = 0, stop = 0 }) => [name, status, stop - start])).to.deep.equal([
      ['boot', 'passed', 31_200],
      ['update', 'passed', 15_300],
      ['boot after the cut', 'failed', 120_000],
    ]);
    expect((failed?.stop ?? 0) - (failed?.start ?? 0)).to.equal(61_400);
    expect(failed?.attachments.map(({ type }) => type)).to.deep.equal(['text/plain', 'text/plain']);
    for (const { source } of failed?.attachments ?? [])
      expect(readFileSync(join(dir, source)).length).to.be.greaterThan(0);
  });

  it('shows what a device called a page as text', async () => {
    const cases = run.ledger.cases.map((one) => ({
      ...one,
      attachments: one.attachments.map((attachment) => ({ ...attachment, mediaType: 'text/html' })),
    }));
    await writeAllureResults({ ...run, ledger: { ...run.ledger, cases } }, dir);
    const types = results().flatMap(({ attachments }) => attachments.map(({ type }) => type));
    expect(new Set(types)).to.deep.equal(new Set(['text/plain']));
  });

  it('leaves a line where a file is gone', async () => {
    const copy = join(dir, 'run');
    cpSync(stored, copy, { recursive: true });
    rmSync(join(copy, 'attachments'), { recursive: true });
    await writeAllureResults(await openRun(copy), dir);
    const names = results().flatMap(({ attachments }) => attachments.map(({ name }) => name));
    expect(names).to.include('console.txt (missing)');
  });

  it('makes a page with Node alone that may not fetch anything', async () => {
    const made = await allureReport(run, dir);
    const text = readFileSync(made, 'utf8');
    expect(text).to.match(/<head[^>]*><meta http-equiv="Content-Security-Policy" content="default-src 'unsafe-inline'/);
    const stats = JSON.parse(readFileSync(join(dir, 'allure-report', 'summary.json'), 'utf8')) as { stats: unknown };
    expect(stats.stats).to.include({ total: 10, failed: 2, broken: 3, passed: 2, skipped: 3 });
  });

  it('tries the next generator when one fails, or made nothing', async () => {
    const made = await generateAllureHtml(dir, join(dir, 'out'), [failing, pretending, page('<head></head>')]);
    expect(readFileSync(made, 'utf8')).to.contain('Content-Security-Policy');
  });

  it('says what each said when all of them fail, and keeps the results', async () => {
    const reason = await allureReport(run, dir, (from, to) => generateAllureHtml(from, to, [failing, pretending])).then(
      () => 'made',
      (error: unknown) => (error as Error).message,
    );
    expect(reason).to.equal('No Allure page was made. no Java: JAVA_HOME is not set. says success: made no page');
    expect(readdirSync(join(dir, 'allure-results')).length).to.be.greaterThan(10);
  });

  it('gives out no page that it could not seal off from the network', async () => {
    const reason = await generateAllureHtml(dir, join(dir, 'out'), [page('<body>')]).then(
      () => 'made',
      (error: unknown) => (error as Error).message,
    );
    expect(reason).to.contain('cannot be sealed off');
  });
});
