import { expect } from 'chai';
import { Deadline } from '../device/deadline.ts';
import { HarnessError } from '../errors/harness-error.ts';
import { DeviceConsole } from './console.ts';
import { FakePort } from './fixtures/fake-port.ts';
import { scratchDirectory } from './fixtures/scratch-directory.ts';
import { Transcript } from './transcript.ts';

async function failure(promise: Promise<unknown>): Promise<HarnessError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(HarnessError);
  return error as HarnessError;
}

describe('DeviceConsole', () => {
  let scratch: ReturnType<typeof scratchDirectory>;
  let transcript: Transcript;
  let port: FakePort;
  let console: DeviceConsole;
  const login = { name: 'login', pattern: 'login: ' };
  beforeEach(() => {
    scratch = scratchDirectory();
    transcript = Transcript.create(scratch.path);
    port = new FakePort();
    console = new DeviceConsole(port, transcript, 'qemu-a (serial0)');
  });
  afterEach(() => {
    console.close();
    transcript.close();
    scratch.remove();
  });

  it('finds what comes, across chunks, and says when', async () => {
    const waiting = console.expect([login], { from: 0, deadline: new Deadline('login', 5000) });
    port.send('device lo', 100);
    port.send('gin', 200);
    port.send(': ', 300);
    const match = await waiting;
    expect(match).to.include({ name: 'login', start: 7, end: 14 });
    expect(Math.round(match.atMs)).to.be.within(299, 300);
  });

  it('finds what has come already, but nothing in front of `from`', async () => {
    port.send('login: login: ');
    const deadline = new Deadline('login', 5000);
    expect(await console.expect([login], { from: 0, deadline })).to.include({ start: 0 });
    expect(await console.expect([login], { from: 1, deadline })).to.include({ start: 7 });
  });

  it('still finds what came before the deadline, when it is over', async () => {
    port.send('login: ');
    const over = new Deadline('login', 5000, AbortSignal.abort());
    expect(await console.expect([login], { from: 0, deadline: over })).to.include({ name: 'login' });
  });

  it('tells silence from other words', async () => {
    port.send('Booting the kernel.\r\n');
    const silent = await failure(console.expect([login], { from: 0, deadline: new Deadline('login', 20) }));
    expect(silent.code).to.equal('console-silent');
    expect(silent.message).to.equal(
      'Console silent for 0 s on qemu-a (serial0): is the guest booting? last line: Booting the kernel.',
    );
    const waiting = failure(console.expect([login], { from: 0, deadline: new Deadline('login', 20) }));
    port.send('Kernel panic\u001b[0m\r\n', performance.now() + 1);
    const noMatch = await waiting;
    expect(noMatch.code).to.equal('console-no-match');
    expect(noMatch.message).to.contain('Console without login for 0 s on qemu-a (serial0)');
    expect(noMatch.message).to.contain('last line: Kernel panic');
  });

  it('gives up at once when a person aborts', async () => {
    const person = new AbortController();
    const waiting = failure(
      console.expect([login], { from: 0, deadline: new Deadline('login', 60_000, person.signal) }),
    );
    person.abort();
    expect((await waiting).code).to.equal('aborted');
  });

  it('does not hang when the transcript is closed or cannot be written', async () => {
    const waiting = failure(console.expect([login], { from: 0, deadline: new Deadline('login', 60_000) }));
    transcript.close();
    expect((await waiting).code).to.equal('console-closed');
  });

  it('keeps its deadline under a flood that never matches', async () => {
    const deadline = new Deadline('login', 200);
    let sent = 0;
    const flood = setInterval(() => {
      for (let index = 0; index < 200; index += 1) port.send(`line ${(sent += 1)} of nothing\n`);
    }, 1);
    const error = await failure(
      console.expect([login, { name: 'panic', pattern: /panic - (\w+) / }], { from: 0, deadline }),
    );
    clearInterval(flood);
    expect(error.code).to.equal('console-no-match');
  });
});
