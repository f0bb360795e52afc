import { expect } from 'chai';
import { execaNode } from 'execa';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRun } from '../record/run-record.ts';
import { Interrupts } from './interrupts.ts';

describe('Interrupts', function () {
  this.timeout(60_000);

  it('asks first, then kills, and lets go of the signals', () => {
    const said: string[] = [];
    const before = process.listenerCount('SIGTERM');
    const interrupts = new Interrupts((text) => said.push(text));
    try {
      expect(interrupts.abort.aborted).to.equal(false);
      process.emit('SIGTERM', 'SIGTERM');
      expect([interrupts.abort.aborted, interrupts.kill.aborted]).to.deep.equal([true, false]);
      process.emit('SIGINT', 'SIGINT');
      expect(interrupts.kill.aborted).to.equal(true);
      expect(said).to.have.length(2);
    } finally {
      interrupts.stop();
    }
    expect(process.listenerCount('SIGTERM')).to.equal(before);
  });

  it('ends a run of another process with a whole record', async () => {
    const runDir = await mkdtemp(join(tmpdir(), 'bootproof-signal-'));
    const url = (path: string) => new URL(path, import.meta.url).href;
    const code = `const { Interrupts } = await import('${url('./interrupts.ts')}');
      const { fakeRun } = await import('${url('../run/fixtures/fake-run.ts')}');
      const interrupts = new Interrupts(console.error);
      const { code } = await fakeRun({ runDir: '${runDir}', instances: 1, patterns: ['update', 'known'],
        options: { cases: { update: 'hang' } }, abort: interrupts.abort,
        progress: { stepEnded: () => process.kill(process.pid, 'SIGTERM') } });
      interrupts.stop(); process.exitCode = code;`;
    const nodeOptions = ['--import', import.meta.resolve('tsx/esm')];
    const { exitCode, stderr } = await execaNode({ nodeOptions, reject: false })`-e ${code}`;
    expect(exitCode).to.equal(4);
    expect(stderr).to.match(/^SIGTERM: ending the cases in hand/);
    const { ledger } = await openRun(runDir);
    expect(ledger.ended?.exitCode).to.equal(4);
    expect(ledger.cases.map(({ verdict }) => verdict.verdict)).to.deep.equal(['aborted', 'not-run']);
  });
});
