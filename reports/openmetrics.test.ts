import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { openRun } from '../harness/record/run-record.ts';
import type { Ledger } from '../harness/record/ledger.ts';
import { openMetrics } from './openmetrics.ts';

/** A reader of what the format allows here: names, quoted labels with three escapes, a number; families in one piece, each sample once. */
function samplesOf(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  const families: string[] = [];
  const lines = text.split('\n');
  expect(lines.slice(-2)).to.deep.equal(['# EOF', '']);
  for (const line of lines.slice(0, -2)) {
    const type = /^# TYPE ([a-z_]+) gauge$/.exec(line);
    if (type) {
      expect(families).not.to.include(type[1]);
      families.push(type[1] ?? '');
      continue;
    }
    if (line.startsWith('# HELP ')) continue;
    const sample =
      /^([a-z_]+)((?:\{[a-z_]+="(?:[^"\\\n]|\\[\\"n])*"(?:,[a-z_]+="(?:[^"\\\n]|\\[\\"n])*")*\})?) (-?[\d.e+-]+)$/.exec(
        line,
      );
    expect(sample, line).not.to.equal(null);
    expect(sample?.[1]).to.equal(families.at(-1));
    const key = `${sample?.[1]}${sample?.[2]}`;
    expect(samples.has(key), key).to.equal(false);
    samples.set(key, Number(sample?.[3]));
  }
  return samples;
}

describe('openMetrics', () => {
  let ledger: Ledger;
  before(async () => {
    ({ ledger } = await openRun(fileURLToPath(new URL('./fixtures/v1', import.meta.url))));
  });

  it('says how many cases ended how, and how long they took', () => {
    const samples = samplesOf(openMetrics(ledger));
    expect(samples.get('bootproof_cases{kind="positive",verdict="failed"}')).to.equal(1);
    expect(samples.get('bootproof_cases{kind="negative",verdict="passed"}')).to.equal(1);
    expect(samples.get('bootproof_step_duration_seconds{case="interrupted/boot-swap#1",step="update"}')).to.equal(15.3);
    expect(samples.get('bootproof_run_exit_code')).to.equal(4);
  });

  it('does not say that a case ended as it must which the exit code counts as failed', () => {
    const [first] = ledger.cases;
    if (!first) throw new Error('no case');
    const { verdict } = first;
    const passed = { ...first, verdict: { ...verdict, verdict: 'passed' as const } };
    const knownIssue = { tracker: 'https://example.org/1', expires: '2999-01-01' };
    const unexpected = { ...passed, verdict: { ...passed.verdict, knownIssue } };
    const of = (one: typeof passed) =>
      [...samplesOf(openMetrics({ ...ledger, cases: [one] }))].find(([key]) => key.startsWith('bootproof_case_passed'));
    expect(of(passed)?.[1]).to.equal(1);
    expect(of(unexpected)?.[1]).to.equal(0);
  });

  it('stays one line a sample, whatever a record holds', () => {
    const evil = 'a"b\\c\nd{}# EOF\u001b';
    const cases = ledger.cases.map((one, index) => ({ ...one, planned: { ...one.planned, case: `${evil}${index}` } }));
    samplesOf(openMetrics({ ...ledger, run: { ...ledger.run, run: evil }, cases }));
    expect(() => samplesOf(openMetrics(ledger).replace('bootproof_cases{', 'bootproof_cases{x="a"b",'))).to.throw();
  });
});
