import { expect } from 'chai';
import { Deadline } from '../device/deadline.ts';
import { ConsoleCommand } from './console-command.ts';
import { DeviceConsole } from './console.ts';
import { fakeGetty, type GettyOptions } from './fixtures/fake-getty.ts';
import { FakePort } from './fixtures/fake-port.ts';
import { scratchDirectory } from './fixtures/scratch-directory.ts';
import { ConsoleShell } from './login.ts';
import { Transcript } from './transcript.ts';

describe('ConsoleShell', () => {
  let scratch: ReturnType<typeof scratchDirectory>;
  let transcript: Transcript;
  let console: DeviceConsole;
  const deadline = () => new Deadline('console login', 8000);
  const login = (getty: GettyOptions, password?: string) => {
    console = new DeviceConsole(new FakePort(fakeGetty(getty)), transcript, 'bench-a (serial0)');
    return ConsoleShell.login(console, {
      user: 'root',
      ...(password && { password }),
      deadline: deadline(),
      resendMs: 200,
    });
  };
  beforeEach(() => {
    scratch = scratchDirectory();
    transcript = Transcript.create(scratch.path);
  });
  afterEach(() => {
    console.close();
    transcript.close();
    scratch.remove();
  });

  it('runs a command and gives its bytes and its exit status', async () => {
    const shell = await login({});
    const { exitCode, output } = await shell.run(
      ['sh', '-c', "printf 'a\\nb\\r\\0é'; echo err >&2; exit 7"],
      deadline(),
    );
    expect(exitCode).to.equal(7);
    expect(output).to.deep.equal(Buffer.from('a\nb\r\0éerr\n'));
  });

  it('passes words verbatim', async () => {
    const shell = await login({});
    const words = ["it's", '$HOME `id` "x" \\', '*', ''];
    const { output } = await shell.run(['printf', '[%s]', ...words], deadline());
    expect(output.toString()).to.equal(words.map((word) => `[${word}]`).join(''));
  });

  it('bears with kernel lines in the middle of everything', async () => {
    const shell = await login({ noise: '[   23.986113] powernow_k8: Power state transitions not supported\r\n' });
    const { exitCode, output } = await shell.run(['printf', '%s', 'x'.repeat(300)], deadline());
    expect(exitCode).to.equal(0);
    expect(output.toString()).to.equal('x'.repeat(300));
  });

  it('bears with status lines of systemd', async () => {
    const shell = await login({
      noise: '[\u001b[0;32m  OK  \u001b[0m] Started \u001b[0;1;39mssh.service\u001b[0m\r\n',
    });
    expect((await shell.run(['echo', 'whole'], deadline())).output.toString()).to.equal('whole\n');
  });

  it('gives a password where one is asked for, and keeps it out of the transcript', async () => {
    await login({ password: 'secret-word' }, 'secret-word');
    expect(transcript.read(0, transcript.length).includes('secret-word')).to.equal(false);
  });

  it('says that a login was refused', async () => {
    const refused = await login({ password: 'right' }, 'wrong').catch((error: unknown) => error);
    expect(refused).to.include({ code: 'console-login-refused' });
    console.close();
    const asked = await login({ password: 'right' }).catch((error: unknown) => error);
    expect(asked).to.include({ code: 'console-login-refused' });
  });

  it('uses a shell that is there already', async () => {
    await login({});
    const again = await ConsoleShell.login(console, { user: 'root', deadline: deadline() });
    expect((await again.run(['echo', 'hi'], deadline())).output.toString()).to.equal('hi\n');
  });

  it('sends the first command again when login threw it away, and counts it', async () => {
    expect((await login({ losesFirst: 1 })).resends).to.equal(1);
  });

  it('refuses a result that was not framed by the command', () => {
    for (const broken of ['', 'sh: base64: not found', 'aGVsbG8=', Buffer.from('no status\n').toString('base64')])
      expect(() => ConsoleCommand.parse(Buffer.from(broken)), broken).to.throw('garbled');
  });

  it('refuses a command that the terminal would cut', () => {
    expect(() => new ConsoleCommand(['echo', 'x'.repeat(5000)], 'abc')).to.throw('Command too long');
  });

  it('is not deceived by the echo of its own command', () => {
    const command = new ConsoleCommand(['true'], '0123456789ab');
    expect(command.begin.test(command.line) || command.end.test(command.line)).to.equal(false);
    expect(command.end.test('BPE0123456789ab')).to.equal(true);
  });
});
