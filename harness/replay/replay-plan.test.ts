import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openRunOrBundle } from '../bundle/run-source.ts';
import type { HarnessError } from '../errors/harness-error.ts';
import type { Ledger } from '../record/ledger.ts';
import { writeSmallBundle } from '../verify/fixtures/small-bundle.ts';
import { writeSmallRun } from '../verify/fixtures/small-run.ts';
import { useRecordingsOf } from './kept-recordings.ts';
import { cameAgain, outcomeOf, replayPlanOf } from './replay-plan.ts';

describe('replay', () => {
  let dir: string;
  let ledger: Ledger;
  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'replay-'));
    ({ ledger } = await writeSmallRun(join(dir, 'run')));
  });
  after(() => rmSync(dir, { recursive: true }));

  it('takes what a case needs from the record, and the same from a bundle of it', async () => {
    const plan = replayPlanOf(ledger, 'update/bad');
    expect(plan).to.deep.include({ seed: 7, imageSet: 'reference', case: 'update/bad' });
    expect(plan.bench).to.deep.equal({ name: 'sim', target: 'simulated', expects: [] });
    expect(plan.commits).to.deep.equal({ v1: '1'.repeat(64), v2: '2'.repeat(64) });
    expect(plan.expected).to.deep.include({ verdict: 'failed', codes: ['canary-lost'] });
    const bundled = await openRunOrBundle(await writeSmallBundle(dir, await openRunOrBundle(join(dir, 'run'))));
    expect(replayPlanOf(bundled.ledger, 'update/bad')).to.deep.equal(plan);
  });

  it('says what cannot be done again', () => {
    const code = (what: () => unknown) => {
      try {
        what();
        return 'done';
      } catch (error) {
        return (error as HarnessError).code;
      }
    };
    expect(code(() => replayPlanOf(ledger, 'update/none'))).to.equal('no-such-case');
    const unbegun = { ...ledger, cases: ledger.cases.map((one) => ({ ...one, started: undefined })) };
    expect(code(() => replayPlanOf(unbegun, 'update/bad'))).to.equal('case-not-begun');
    const bare = { ...ledger, run: { ...ledger.run, host: {} } };
    expect(code(() => replayPlanOf(bare, 'update/bad'))).to.equal('record-cannot-replay');
  });

  it('tells the same end from another', () => {
    const outcomes = ledger.cases.map(outcomeOf);
    const [good, bad] = outcomes;
    if (!good || !bad) throw new Error('the small run has these');
    expect(cameAgain(bad, { ...bad, faults: ['elsewhere'] })).to.equal(true);
    expect(cameAgain(bad, good)).to.equal(false);
    expect(cameAgain(bad, { ...bad, codes: ['canary-lost', 'var-went-back'] })).to.equal(false);
    expect(cameAgain(good, { ...good, verdict: 'broken', codes: ['no-login'] })).to.equal(false);
  });

  it('lets a new run use recordings that are whole, and points to where they are now', async () => {
    const [from, to] = [join(dir, 'old'), join(dir, 'new')];
    for (const name of ['whole', 'half']) {
      mkdirSync(join(from, 'recordings', name), { recursive: true });
      writeFileSync(join(from, 'recordings', name, 'base.raw'), '');
      const stored = { recording: { basePath: '/gone/base.raw', logPath: '/gone/writes.log', kept: 1 }, bench: 'b' };
      writeFileSync(join(from, 'recordings', name, 'recording.json'), JSON.stringify(stored));
    }
    writeFileSync(join(from, 'recordings', 'whole', 'writes.log'), '');
    expect(await useRecordingsOf(from, to)).to.equal(1);
    const moved = JSON.parse(readFileSync(join(to, 'recordings/whole/recording.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    const place = join(from, 'recordings/whole');
    expect(moved).to.deep.equal({
      recording: { basePath: join(place, 'base.raw'), logPath: join(place, 'writes.log'), kept: 1 },
      bench: 'b',
    });
    expect(await useRecordingsOf(join(dir, 'none'), to)).to.equal(0);
  });
});
