import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeviceConsole } from '../console/console.ts';
import { FakePort } from '../console/fixtures/fake-port.ts';
import { Transcript } from '../console/transcript.ts';
import { Deadline } from '../device/deadline.ts';
import { makeSshKey } from '../device/ssh-key.ts';
import { DeadlineError } from '../errors/harness-error.ts';
import { learnHostKey, withoutOwnFiles, type LearnedIdentity } from './first-boot-identity.ts';
import { identityInjection, makeIdentity } from './identity.ts';

describe('identity of a first boot', () => {
  let directory: string;
  let transcript: Transcript;
  let port: FakePort;
  let console: DeviceConsole;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'first-boot-'));
    transcript = Transcript.create(join(directory, 'console'));
    port = new FakePort();
    console = new DeviceConsole(port, transcript, 'a bench');
  });
  afterEach(() => {
    console.close();
    transcript.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('is not injected, while login and trust are', () => {
    const files = identityInjection(makeIdentity('a'), Buffer.from('trusted'), 'bootproof', ['c'.repeat(64)]);
    const names = withoutOwnFiles(files).map(({ path }) => path.replace(/^.*\/etc\//, ''));
    expect(names).to.deep.equal(['ssh/authorized_keys.d/root', 'ostree/trusted.gpg']);
  });

  for (const [lines, end] of [
    ['', '\r\n'],
    [' of a terminal that adds its own carriage return', '\r\r\n'],
  ] as const)
    it(`is the key on the console, and a random one until then: lines${lines}`, async () => {
      const identity: LearnedIdentity = makeIdentity('a');
      const key = makeSshKey('').publicKey.split(' ').slice(0, 2).join(' ');
      expect(identity.hostPublicKey).not.to.include(key);
      port.send(`[    4.2] kernel\r\nssh-host-key: ${key}${end}login: `);
      await learnHostKey(identity, console, 0, new Deadline('a key', 5000));
      expect(identity.hostPublicKey).to.equal(key);
    });

  it('is never half a key', async () => {
    const identity: LearnedIdentity = makeIdentity('a');
    const before = identity.hostPublicKey;
    port.send('ssh-host-key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[    4.2] kernel\r\nlogin: ');
    const error = await learnHostKey(identity, console, 0, new Deadline('a key', 50)).catch((cause: unknown) => cause);
    expect(error).to.be.instanceOf(DeadlineError);
    expect(identity.hostPublicKey).to.equal(before);
  });
});
