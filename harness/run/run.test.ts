import { expect } from 'chai';
import { execaNode } from 'execa';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Deadline } from '../device/deadline.ts';
import { openRun } from '../record/run-record.ts';
import { fakeRun, type FakeRun } from './fixtures/fake-run.ts';
import type { RunResult } from './run.ts';

const caught = { 'negative/var-not-mounted': { running: 'v2', codes: ['var-not-mounted'] } };
const filed = { known: { running: 'v2', codes: ['dangling-entry'] } };
const good = { ...caught, ...filed };

const verdicts = ({ ledger }: RunResult) =>
  Object.fromEntries(ledger.cases.map(({ planned, verdict }) => [planned.case, verdict.verdict]));
const verdictOf = ({ ledger }: RunResult, id: string) =>
  ledger.cases.find(({ planned }) => planned.case === id)?.verdict;

describe('run', function () {
  this.timeout(60_000);
  let runDir: string;
  beforeEach(async () => {
    runDir = await mkdtemp(join(tmpdir(), 'bootproof-run-'));
  });
  const runFake = async (options: Omit<FakeRun, 'runDir'>) => {
    const result = await fakeRun({ runDir, ...options });
    // whatever happened: a verdict for every planned case, no bench kept, a record that ends
    expect(result.ledger.missing).to.deep.equal([]);
    expect(result.ledger.problems).to.deep.equal([]);
    expect(result.ledger.ended?.exitCode).to.equal(result.code);
    return result;
  };
  const gone = (name: string) => {
    const pid = Number(readFileSync(join(runDir, `acquired-${name}`), 'utf8'));
    expect(() => process.kill(pid, 0), `worker of ${name}`).to.throw('ESRCH');
  };

  it('gives each case its verdict, on two benches', async () => {
    const steps: string[] = [];
    const cases = { ...good, 'interrupted/boot-swap#1': 'meet', 'interrupted/boot-swap#2': 'meet' } as const;
    const result = await runFake({
      options: { cases },
      progress: { step: (bench, name) => steps.push(`${bench} ${name}`) },
    });
    expect(verdicts(result)).to.deep.equal({
      known: 'known-issue',
      'interrupted/boot-swap#1': 'passed',
      'interrupted/boot-swap#2': 'passed',
      'negative/var-not-mounted': 'passed',
      'offline/disk': 'not-applicable',
      update: 'passed',
    });
    expect(result.code).to.equal(0);
    expect(new Set(result.ledger.cases.map(({ started }) => started?.bench))).to.include.members(['fake-a', 'fake-b']);
    const update = result.ledger.cases.find(({ planned }) => planned.case === 'update');
    expect(update?.steps.map(({ name }) => name)).to.deep.equal(['boot']);
    expect(update?.attachments).to.have.length(1);
    expect(update?.notes[0]?.data).to.deep.equal({ verdict: 'passed', leftMs: true });
    expect(steps).to.include.members(['fake-a acquire', 'fake-a boot', 'fake-b release']);
    for (const name of ['fake-a', 'fake-b']) {
      expect(readFileSync(join(runDir, `released-${name}`), 'utf8')).to.match(/ 1\n$/);
      gone(name);
    }
  });

  it('calls the case of a crashed worker broken, runs it never again, and goes on with the other bench', async () => {
    const result = await runFake({ options: { cases: { ...good, 'interrupted/boot-swap#1': 'crash' } } });
    expect(verdictOf(result, 'interrupted/boot-swap#1')).to.include({
      verdict: 'broken',
      code: 'worker-ended',
      blame: 'harness',
    });
    expect(verdictOf(result, 'interrupted/boot-swap#1')?.reason).to.match(/SIGKILL\) during interrupted/);
    expect(result.ledger.counts).to.include({ broken: 1, passed: 3, 'known-issue': 1, 'not-run': 0 });
    expect(result.code).to.equal(3);
  });

  it('fails a violation, a surviving negative and an unmet expectation', async () => {
    const cases = {
      update: { running: 'v1', codes: [] },
      'interrupted/boot-swap#2': { running: 'v1', codes: ['mixture'] },
    };
    const result = await runFake({ options: { cases: { ...filed, ...cases } } });
    expect(verdictOf(result, 'update')).to.include({ verdict: 'failed', code: 'expectation-failed' });
    expect(verdictOf(result, 'interrupted/boot-swap#2')).to.deep.include({
      verdict: 'failed',
      findingCodes: ['mixture'],
    });
    expect(verdictOf(result, 'negative/var-not-mounted')).to.include({ verdict: 'failed', code: 'negative-survived' });
    expect(result.code).to.equal(1);
  });

  it('runs nothing more on a bench that failed', async () => {
    const result = await runFake({
      instances: 1,
      patterns: ['update', 'known', 'interrupted/'],
      options: { cases: { update: 'bench-error' } },
    });
    expect(verdicts(result)).to.deep.equal({
      update: 'broken',
      known: 'not-run',
      'interrupted/boot-swap#1': 'not-run',
      'interrupted/boot-swap#2': 'not-run',
    });
    expect(verdictOf(result, 'known')?.reason).to.equal('no bench left (fake: No space: overlay)');
    expect(existsSync(join(runDir, 'released-fake'))).to.equal(true);
  });

  it('goes on when a known-good image boots on a bench that failed, but not after two such cases in a row', async () => {
    const patterns = ['update', 'known', 'interrupted/'];
    const run = (cases: FakeRun['options']['cases'] & object) =>
      runFake({ instances: 1, patterns, options: { cases } });
    const once = await run({ update: 'bench-recovers' });
    expect(once.ledger.counts).to.include({ broken: 1, 'not-run': 0 });
    runDir = await mkdtemp(join(tmpdir(), 'bootproof-run-'));
    const twice = await run({ update: 'bench-recovers', known: 'bench-recovers' });
    expect(twice.ledger.counts).to.include({ broken: 2, 'not-run': 2 });
  });

  it('goes on after a case that says the bench is as good as before, but not after two of them in a row', async () => {
    const patterns = ['update', 'known', 'interrupted/'];
    const run = (cases: FakeRun['options']['cases'] & object) =>
      runFake({ instances: 1, patterns, options: { cases } });
    const once = await run({ ...filed, update: 'no-effect' });
    expect(once.ledger.counts).to.include({ broken: 1, 'known-issue': 1, passed: 2 });
    runDir = await mkdtemp(join(tmpdir(), 'bootproof-run-'));
    const twice = await run({ update: 'no-effect', known: 'no-effect' });
    expect(twice.ledger.counts).to.include({ broken: 2, 'not-run': 2 });
  });

  it('does not blame a bench for a product that does not boot', async () => {
    const result = await runFake({
      instances: 1,
      patterns: ['update', 'interrupted/'],
      options: { cases: { update: 'no-boot' } },
    });
    expect(result.ledger.counts).to.include({ failed: 1, passed: 2 });
  });

  it('says so when no bench could be acquired', async () => {
    const result = await runFake({ options: { acquire: 'busy' } });
    expect(result.ledger.counts).to.include({ 'not-run': 5, 'not-applicable': 1 });
    expect(verdictOf(result, 'update')?.reason).to.contain('fake-a: In use by another process: fake-a');
    expect(result.code).to.equal(3);
  });

  it('breaks a case whose lines do not belong to it, or that left a rejection behind', async () => {
    const cases = { 'interrupted/boot-swap#1': 'misplaced', 'interrupted/boot-swap#2': 'stray' } as const;
    const result = await runFake({ patterns: ['interrupted/'], options: { cases } });
    expect(verdictOf(result, 'interrupted/boot-swap#1')).to.include({
      verdict: 'broken',
      code: 'record-payload-misplaced',
    });
    expect(verdictOf(result, 'interrupted/boot-swap#2')).to.include({ verdict: 'broken', code: 'stray-rejection' });
  });

  it('tells of a bench that was not released', async () => {
    const troubles: string[] = [];
    const options = { cases: { known: 'release-fails' } } as const;
    await runFake({
      instances: 1,
      patterns: ['update'],
      options,
      progress: { trouble: (_, text) => troubles.push(text) },
    });
    expect(troubles).to.deep.equal(['Still running: machine of fake: release of fake']);
  });

  it('ends the cases in hand as aborted, and the rest as not run', async () => {
    const controller = new AbortController();
    let started = 0;
    const caseStarted = () => {
      started += 1;
      if (started === 2) controller.abort();
    };
    const cases = { update: 'hang', known: 'hang' } as const;
    const patterns = ['update', 'known', 'interrupted/'];
    const result = await runFake({ patterns, options: { cases }, abort: controller.signal, progress: { caseStarted } });
    expect(result.ledger.counts).to.include({ aborted: 2, 'not-run': 2 });
    expect(verdictOf(result, 'interrupted/boot-swap#1')).to.include({ blame: 'human', code: 'aborted' });
    expect(result.code).to.equal(4);
    expect(existsSync(join(runDir, 'released-fake-a'))).to.equal(true);
    gone('fake-a');
    gone('fake-b');
  });

  it('kills what does not end by itself, at the second asking', async () => {
    const [abort, kill] = [new AbortController(), new AbortController()];
    const stepEnded = () => {
      abort.abort();
      kill.abort();
    };
    const options = { cases: { update: 'deaf' } } as const;
    const result = await runFake({
      instances: 1,
      patterns: ['update', 'known'],
      options,
      abort: abort.signal,
      kill: kill.signal,
      progress: { stepEnded },
    });
    expect(verdicts(result)).to.deep.equal({ update: 'aborted', known: 'not-run' });
    gone('fake');
  });

  it('ends the worker of a case that heeds no deadline, and uses its bench no more', async () => {
    const options = { cases: { update: 'deaf', known: 'hang' } } as const;
    const deaf = await runFake({
      instances: 1,
      patterns: ['update', 'known'],
      options,
      budgetMs: 100,
      backstopMs: 100,
    });
    expect(verdictOf(deaf, 'update')).to.include({ verdict: 'broken', code: 'case-timeout', blame: 'harness' });
    expect(verdictOf(deaf, 'known')).to.include({ verdict: 'not-run', code: 'bench-poisoned' });
    gone('fake');
  });

  it('lets a case that heeds its deadline say what it waited for, and goes on', async () => {
    const options = { cases: { known: 'hang' } } as const;
    const result = await runFake({ instances: 1, patterns: ['known', 'update'], options, budgetMs: 500 });
    expect(verdictOf(result, 'known')).to.include({ verdict: 'broken', code: 'deadline', blame: 'bench' });
    expect(verdictOf(result, 'known')?.reason).to.match(/^Timed out after .*: case known$/);
    expect(verdictOf(result, 'update')).to.include({ verdict: 'passed' });
  });

  it('gives a case more time on a slow bench', async () => {
    const options = { cases: { known: 'hang' } } as const;
    const slow = { instances: 1, patterns: ['known'], options, budgetMs: 200, timeFactor: 10 };
    expect(verdictOf(await runFake(slow), 'known')?.reason).to.match(/^Timed out after 2 s: case known$/);
  });

  it('holds the device of a case until the run is aborted, with the verdict that the case had', async () => {
    const abort = new AbortController();
    const said: string[] = [];
    const result = await runFake({
      instances: 1,
      patterns: ['update'],
      options: {},
      hold: true,
      abort: abort.signal,
      progress: {
        trouble: (bench, text) => {
          said.push(`${bench}: ${text}`);
          expect(existsSync(join(runDir, 'released-fake')), 'released while it was held').to.equal(false);
          abort.abort();
        },
      },
    });
    expect(said).to.deep.equal(['fake: look at fake']);
    expect(verdicts(result)).to.deep.equal({ update: 'passed' });
    expect(result.code).to.equal(0);
    gone('fake');
  });

  it('ends the case of a bench that was taken away as aborted, and uses that bench no more', async () => {
    const result = await runFake({
      instances: 1,
      patterns: ['update', 'known'],
      options: { cases: { update: 'hang' } },
      progress: {
        stepEnded: () => process.kill(Number(readFileSync(join(runDir, 'acquired-fake'), 'utf8')), 'SIGTERM'),
      },
    });
    expect(verdictOf(result, 'update')).to.include({ verdict: 'aborted', blame: 'human' });
    expect(verdictOf(result, 'known')?.reason).to.equal('no bench left (fake: Taken away from this run: bench fake)');
    expect(readFileSync(join(runDir, 'released-fake'), 'utf8')).to.match(/ 1\n$/);
    expect(result.code).to.equal(4);
    gone('fake');
  });

  it('leaves no worker and no bench behind when it is killed itself', async () => {
    const module = new URL('./fixtures/fake-run.ts', import.meta.url).href;
    const code = `const { fakeRun } = await import('${module}');
      await fakeRun({ runDir: '${runDir}', instances: 1, patterns: ['update'], options: { cases: { update: 'hang' } },
        progress: { stepEnded: () => process.kill(process.pid, 'SIGKILL') } });`;
    const nodeOptions = ['--import', import.meta.resolve('tsx/esm')];
    const { signal } = await execaNode({ nodeOptions, reject: false })`-e ${code}`;
    expect(signal).to.equal('SIGKILL');
    const deadline = new Deadline('release of the bench', 30_000);
    await deadline.until(() => existsSync(join(runDir, 'released-fake')) || undefined);
    const pid = Number(readFileSync(join(runDir, 'acquired-fake'), 'utf8'));
    await deadline.until(() => {
      try {
        process.kill(pid, 0);
        return undefined;
      } catch {
        return true;
      }
    });
    const { ledger } = await openRun(runDir);
    expect(ledger.cases.map(({ verdict }) => verdict.verdict)).to.deep.equal(['aborted']);
  });
});
