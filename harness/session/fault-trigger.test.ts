import { expect } from 'chai';
import type { Fault } from '../scenario/api.ts';
import type { ClientResult } from '../update/update-client.ts';
import type { DeviceSession } from './device-session.ts';
import { during } from './fault-trigger.ts';

const fault: Fault = { kind: 'power-cut', at: 'pull' };
const result: ClientResult = { exitCode: null, saidSuccess: false, output: '', durationMs: 0 };

/** A session in whose pull the middle is reached at once, and whose client ends when the connection does. */
function sessionOf(reached: Promise<void> = Promise.resolve()) {
  const events: string[] = [];
  let end: (value: ClientResult) => void = () => undefined;
  const client = new Promise<ClientResult>((resolve) => (end = resolve));
  const session = {
    device: { console: { length: 0 }, lost: () => (events.push('connection closed'), end(result)) },
    environment: { server: { objectsServed: () => reached } },
  } as unknown as DeviceSession;
  const stage = () =>
    client.then((said) => {
      events.push('client ended');
      return said;
    });
  return { session, stage, events, end: () => end(result) };
}

describe('during a phase', () => {
  it('acts in its middle, and gives what both came to', async () => {
    const { session, stage, end } = sessionOf();
    const act = async () => {
      end();
      return 'cut';
    };
    expect(await during(session, fault, stage, act)).to.deep.equal([result, 'cut']);
  });

  it('ends the client before it hands on an act that failed', async () => {
    const { session, stage, events } = sessionOf();
    const failed = during(session, fault, stage, () => Promise.reject(new Error('not cut')));
    const error = await failed.then(
      () => undefined,
      (reason: Error) => (events.push('handed on'), reason),
    );
    expect(error?.message).to.equal('not cut');
    expect(events).to.deep.equal(['connection closed', 'client ended', 'handed on']);
  });

  it('does not act when the update ends first', async () => {
    const { session, stage, end } = sessionOf(new Promise(() => undefined));
    end();
    const error = await during(session, fault, stage, () => Promise.reject(new Error('acted'))).catch(
      (reason: unknown) => reason,
    );
    expect(error).to.have.property('code', 'fault-without-effect');
  });
});
