import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import fc from 'fast-check';
import { HarnessError } from '../harness/errors/harness-error.ts';
import { addToHistory, readHistory } from '../harness/record/history.ts';
import { digestOf, runDigest, type DigestCase, type RunDigest } from '../harness/record/run-digest.ts';
import { openRun } from '../harness/record/run-record.ts';
import { compare, flakiness, wilson } from './comparison.ts';
import { comparisonText } from './comparison-text.ts';

const one = (id: string, verdict: DigestCase['verdict'], codes: string[] = []): DigestCase => ({
  case: id,
  scenario: id.replace(/#.*/, ''),
  kind: 'positive',
  verdict,
  failed: verdict === 'failed',
  codes,
  durationMs: 1000,
});
const night = (run: string, cases: DigestCase[], more: Partial<RunDigest> = {}): RunDigest => ({
  version: 1,
  run,
  at: `2026-11-${run}T00:00:00.000Z`,
  profile: 'nightly',
  seed: 1,
  tool: { version: '0', commit: 'c' },
  images: { v1: 'a', v2: 'b' },
  cases,
  stepsMs: {},
  pulledBytes: [],
  ...more,
});

describe('compare', () => {
  const before = night('20', [
    one('a', 'passed'),
    one('b', 'failed', ['x']),
    one('c', 'failed', ['x']),
    one('d', 'passed'),
    one('gone', 'passed'),
  ]);
  const after = night('21', [
    one('a', 'failed', ['y']),
    one('b', 'passed'),
    one('c', 'failed', ['x', 'z']),
    one('d', 'broken'),
    one('new', 'failed', ['n']),
  ]);
  const result = compare(before, after);

  it('tells new failures, old ones, fixed ones, and those of which nothing is known any more', () => {
    expect(result.newFailures.map((each) => each.case)).to.deep.equal(['a', 'new']);
    expect(result.stillFailing.map((each) => [each.case, each.newCodes])).to.deep.equal([['c', ['z']]]);
    expect(result.fixed.map((each) => each.case)).to.deep.equal(['b']);
    expect(result.lost.map((each) => each.case)).to.deep.equal(['d']);
    expect([result.appeared, result.disappeared]).to.deep.equal([['new'], ['gone']]);
  });

  it('has nothing to say about a run and itself', () => {
    const { newFailures, fixed, lost, appeared, disappeared, changedImages, flaky } = compare(after, after);
    expect([newFailures, fixed, lost, appeared, disappeared, changedImages, flaky].flat()).to.deep.equal([]);
  });

  it('names other images, and steps whose time changed', () => {
    const slow = night('22', after.cases, {
      images: { v1: 'a', v2: 'c' },
      stepsMs: { boot: [9000, 9000], stage: [5] },
    });
    const fast = { ...after, stepsMs: { boot: [4000, 5000, 6000], stage: [4] } };
    const now = compare(fast, slow);
    expect(now.changedImages).to.deep.equal(['v2: b → c']);
    expect(now.timing[0]).to.deep.equal({ step: 'boot', beforeMs: 5000, afterMs: 9000 });
    expect(comparisonText(now)).to.contain('boot: 5.0 s → 9.0 s').and.not.to.contain('stage');
  });

  it('writes it for a person, without control characters of a record', () => {
    expect(comparisonText(result)).to.match(
      /^20 → 21: 2 new failures, 1 still failing, 1 fixed, 1 not known any more\n/,
    );
    const evil = compare(before, night('21', [one('a\u001b[31m\n', 'failed')]));

    expect(comparisonText(evil)).not.to.match(/\u001b/);
  });
});

describe('flakiness', () => {
  it('counts repetitions and nights on the same images alone', () => {
    const nights = [
      night('20', [one('a#1', 'passed'), one('a#2', 'failed'), one('b', 'failed')]),
      night('21', [one('a#1', 'passed'), one('a#2', 'broken'), one('b', 'failed')]),
      night('22', [one('b', 'passed')], { images: { v1: 'other' } }),
    ];
    expect(flakiness(nights).map(({ scenario, failures, attempts }) => [scenario, failures, attempts])).to.deep.equal([
      ['a', 1, 3],
    ]);
  });

  it('gives an interval that holds the rate, and shrinks with attempts', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.nat(500), (attempts, some) => {
        const failures = some % (attempts + 1);
        const [low, high] = wilson(failures, attempts);
        const [lower, higher] = wilson(failures * 4, attempts * 4);
        expect(low)
          .to.be.at.least(0)
          .and.at.most(failures / attempts + 1e-9);
        expect(high)
          .to.be.at.most(1)
          .and.at.least(failures / attempts - 1e-9);
        expect(higher - lower).to.be.at.most(high - low);
      }),
    );
    // Brown, Cai, DasGupta 2001: 1 of 10
    expect(wilson(1, 10).map((x) => Number(x.toFixed(3)))).to.deep.equal([0.018, 0.404]);
  });
});

describe('history', () => {
  it('keeps runs in the order of their time, one of a run, and names a file that is none', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'history-'));
    try {
      await addToHistory(dir, night('21', []));
      await addToHistory(dir, night('20', []));
      await addToHistory(dir, night('21', [one('a', 'passed')]));
      const kept = await readHistory(dir);
      expect(kept.map(({ run, cases }) => [run, cases.length])).to.deep.equal([
        ['20', 0],
        ['21', 1],
      ]);
      writeFileSync(join(dir, 'x.run.json'), JSON.stringify({ ...night('22', []), version: 2 }));
      const error = await readHistory(dir).catch((thrown: HarnessError) => thrown);
      expect(error).to.be.instanceOf(HarnessError).and.to.have.property('message').that.contains('x.run.json');
      expect(await readHistory(join(dir, 'absent'))).to.deep.equal([]);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('has a digest of the stored record that fits its own schema', async () => {
    const { ledger } = await openRun(fileURLToPath(new URL('./fixtures/v1', import.meta.url)));
    const digest = digestOf(ledger);
    expect(runDigest.parse(JSON.parse(JSON.stringify(digest)))).to.deep.equal(digest);
    expect(digest.cases.filter(({ failed }) => failed)).to.have.length(2);
    expect(digest.stepsMs['update']).to.include(15_300);
  });
});
