import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Deadline } from '../../../harness/device/deadline.ts';
import { answeringSocket } from './answering-socket.ts';
import { newKey, Sshd } from './fixtures/sshd.ts';
import { fingerprint, publicKeyBlob } from './host-key.ts';
import { openSshShell } from './login.ts';

const deadline = (ms = 8000): Deadline => new Deadline('login on test-a', ms);
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'nothing was thrown',
    (error: unknown) => error,
  );

describe('openSshShell', () => {
  let sshd: Sshd;
  beforeEach(async () => {
    sshd = await new Sshd().listen();
  });
  afterEach(() => sshd.close());

  it('has a nonce answered that nobody could know', async () => {
    const first = await openSshShell(sshd.login(), deadline());
    const second = await openSshShell(sshd.login(), deadline());
    expect(first.hostKey).to.equal(fingerprint(publicKeyBlob(sshd.hostKey.public)));
    expect(sshd.commands).to.have.length(2);
    expect(sshd.commands[0]).to.match(/^'printf' '%s' '[0-9a-f]{32}'$/);
    expect(sshd.commands[0]).not.to.equal(sshd.commands[1]);
    first.close();
    second.close();
  });

  it('stops at once at another host key, and sends it no command', async () => {
    const other = newKey().public;
    const error = await failure(openSshShell(sshd.login({ hostKey: other }), deadline()));
    expect(error).to.deep.include({
      code: 'host-key-changed',
      details: {
        expected: fingerprint(publicKeyBlob(other)),
        offered: fingerprint(publicKeyBlob(sshd.hostKey.public)),
      },
    });
    expect([sshd.connections, sshd.commands.length]).to.deep.equal([1, 0]);
  });

  it('tries again until sshd lets it in, and counts', async () => {
    sshd.refuse = 2;
    const shell = await openSshShell(sshd.login(), deadline());
    expect(shell.attempts).to.equal(3);
    shell.close();
  });

  it('gives up with the deadline, and says what it last saw', async () => {
    const error = await failure(openSshShell(sshd.login({ privateKey: newKey().private }), deadline(800)));
    expect(error).to.include({ code: 'deadline' });
    const { details } = error as { details: { attempts: number; lastReason: string } };
    expect(details.attempts).to.be.greaterThan(0);
    expect(details.lastReason).to.include('authentication');
  });

  it('gives up when it is told that the machine has ended', async () => {
    const over = new AbortController();
    const waiting = failure(openSshShell(sshd.login({ privateKey: newKey().private }), deadline(), over.signal));
    over.abort();
    expect(await waiting).to.be.an('error');
  });

  it('does not take a device for alive that answers without running anything', async () => {
    const silent = createServer((socket) => void socket.write('SSH-2.0-nothing\r\n'));
    const port = await listen(silent);
    const error = await failure(openSshShell(sshd.login({ port }), deadline(600)));
    expect(error).to.include({ code: 'deadline' });
    silent.close();
  });
});

describe('answeringSocket', () => {
  it('does not wait for a connection that was accepted into the void', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      if (sockets.length === 3) socket.write('SSH-2.0-test\r\n');
    });
    const port = await listen(server);
    let attempts = 0;
    const socket = await answeringSocket('127.0.0.1', port, deadline().signal, () => attempts++, { firstPauseMs: 20 });
    const first = await new Promise((resolve) => socket.once('data', resolve).resume());
    expect(String(first)).to.equal('SSH-2.0-test\r\n');
    expect(attempts).to.be.within(3, 20);
    socket.destroy();
    server.close();
  });

  it('begins again while nobody listens', async () => {
    const server = createServer((socket) => void socket.write('hello'));
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    let attempts = 0;
    const waiting = answeringSocket(
      '127.0.0.1',
      port,
      deadline().signal,
      () => {
        if (++attempts === 3) server.listen(port, '127.0.0.1');
      },
      { firstPauseMs: 5 },
    );
    (await waiting).destroy();
    expect(attempts).to.be.greaterThan(2);
    server.close();
  });
});

describe('fingerprint', () => {
  it('is the one that ssh-keygen prints', function () {
    const directory = mkdtempSync(join(tmpdir(), 'bootproof-'));
    try {
      const key = newKey().public;
      writeFileSync(join(directory, 'key.pub'), `${key} a comment\n`);
      const [, printed] = execFileSync('ssh-keygen', ['-lf', join(directory, 'key.pub')])
        .toString()
        .split(' ');
      expect(fingerprint(publicKeyBlob(`${key} a comment`))).to.equal(printed);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') this.skip(); // openssh-client is no part of the set-up
      throw error;
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('refuses a line that is no key', () => {
    expect(() => publicKeyBlob('ssh-ed25519'))
      .to.throw()
      .with.property('code', 'host-key-invalid');
  });
});

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
