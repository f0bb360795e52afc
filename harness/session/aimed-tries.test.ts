import { expect } from 'chai';
import { BenchError, type HarnessError } from '../errors/harness-error.ts';
import { caseErrorOf } from '../run/case-error.ts';
import { plainVerdict } from '../run/verdict.ts';
import type { Fault, Phase, TransitionOutcome } from '../scenario/api.ts';
import { untilHit } from './aimed-tries.ts';
import type { Steps } from './steps.ts';
import { missed } from './fault-trigger.ts';

const fault: Fault = { kind: 'reset', at: 'finalize' };

/** Tries that end as listed; `violation` is found where it is named. */
function tries(ends: readonly (Phase | HarnessError)[], { violationAt = -1, touched = false } = {}) {
  const notes: Record<string, unknown>[] = [];
  let [started, startedOver] = [0, 0];
  const session = {
    isUntouched: !touched,
    steps: { note: (_: string, data: Record<string, unknown>) => notes.push(data) } as unknown as Steps,
    startOver: async () => void startedOver++,
  };
  const transition = async (): Promise<TransitionOutcome> => {
    const n = started++;
    const end = ends[n] ?? 'reboot';
    if (end instanceof Error) throw end;
    const findings = n === violationAt ? [{ severity: 'violation' }] : [{ severity: 'note' }];
    return { transition: { fault: { phaseHit: end } }, findings, running: `${n}` } as unknown as TransitionOutcome;
  };
  const ended = untilHit(session, fault, transition);
  return { ended, notes, counts: () => ({ started, startedOver }) };
}

const errorOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('a live fault', () => {
  it('that hits is tried once', async () => {
    const { ended, notes, counts } = tries(['finalize']);
    expect((await ended).running).to.equal('0');
    expect(counts()).to.deep.equal({ started: 1, startedOver: 0 });
    expect(notes).to.have.length(1);
  });

  it('that hits another phase, or nothing, is tried again on a device as at the begin, and each try is counted', async () => {
    const { ended, notes, counts } = tries(['reboot', missed(fault, 'too late'), 'finalize']);
    expect((await ended).running).to.equal('2');
    expect(counts()).to.deep.equal({ started: 3, startedOver: 2 });
    expect(notes.map(({ n, of, phaseHit }) => [n, of, phaseHit])).to.deep.equal([
      [1, 5, 'reboot'],
      [2, 5, 'none'],
      [3, 5, 'finalize'],
    ]);
  });

  it('that misses five times has not been run in its phase: neither passed nor broken', async () => {
    const { ended, counts } = tries([]);
    const error = await errorOf(ended);
    expect(counts()).to.deep.equal({ started: 5, startedOver: 4 });
    expect(plainVerdict({ findings: [], error: caseErrorOf(error) })).to.include({
      verdict: 'not-run',
      code: 'phase-not-reached',
    });
    expect((error as Error).message).to.match(/5 tries.*hit reboot, reboot, reboot, reboot, reboot/);
  });

  it('that finds a violation in another phase ends there', async () => {
    const { ended, counts } = tries(['reboot', 'reboot'], { violationAt: 1 });
    expect((await ended).running).to.equal('1');
    expect(counts().started).to.equal(2);
  });

  it('whose loss of power is not proven is broken at once', async () => {
    const { ended, counts } = tries([new BenchError('Power not lost', { code: 'cut-not-proven' })]);
    const error = await errorOf(ended);
    expect(counts().started).to.equal(1);
    expect(plainVerdict({ findings: [], error: caseErrorOf(error) })).to.include({
      verdict: 'broken',
      code: 'cut-not-proven',
    });
  });

  it('is not tried again after other steps of the scenario', async () => {
    const { ended, counts } = tries([], { touched: true });
    expect(await errorOf(ended)).to.have.property('code', 'phase-not-reached');
    expect(counts()).to.deep.equal({ started: 1, startedOver: 0 });
  });
});
