import { expect } from 'chai';
import type { DeviceSession } from './device-session.ts';
import { unlockUsr } from './device-files.ts';

/** A session whose client's command to unlock /usr ends so. */
function sessionOf(exitCode: number | null) {
  const asked: (readonly string[])[] = [];
  const run = async (argv: readonly string[]) => {
    asked.push(argv);
    return { exitCode, stdout: Buffer.alloc(0), stderr: Buffer.from('error: Deployment is sealed\n') };
  };
  const session = {
    environment: { client: { unlockUsr: ['client', 'unlock'] } },
    device: { current: { shell: { run } } },
    steps: { note: () => undefined },
    booted: async () => undefined,
    touched: () => undefined,
    limit: () => undefined,
  } as unknown as DeviceSession;
  return { session, asked };
}

const errorOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('a change to /usr at run time', () => {
  it('is permitted by the update client, in its own words', async () => {
    const { session, asked } = sessionOf(0);
    await unlockUsr(session);
    expect(asked).to.deep.equal([['client', 'unlock']]);
  });

  it('makes the case not applicable where the client refuses, and says what it said', async () => {
    const error = await errorOf(unlockUsr(sessionOf(1).session));
    expect(error).to.include({
      name: 'CapabilityError',
      code: 'usr-stays-locked',
      hint: 'error: Deployment is sealed',
    });
  });

  it('is no matter of the image when the connection is lost', async () => {
    expect(await errorOf(unlockUsr(sessionOf(null).session))).to.include({ code: 'connection-lost' });
  });
});
