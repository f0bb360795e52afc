import { expect } from 'chai';
import { Deadline } from '../../../harness/device/deadline.ts';
import { Sshd } from './fixtures/sshd.ts';
import { openSshShell } from './login.ts';
import type { SshShell } from './ssh-shell.ts';

const deadline = (what = 'a command', ms = 8000): Deadline => new Deadline(what, ms);

describe('SshShell', () => {
  let sshd: Sshd;
  let shell: SshShell;
  beforeEach(async () => {
    sshd = await new Sshd().listen();
    shell = await openSshShell(sshd.login({ keepAliveMs: 200 }), deadline('login'));
  });
  afterEach(async () => {
    shell.close();
    await sshd.close();
  });

  it('runs an argv as it stands, and keeps both streams apart', async () => {
    const result = await shell.run(['printf', '%s|', "it's", '$HOME', 'a  b'], { deadline: deadline() });
    expect(result).to.deep.include({ exitCode: 0, signal: null, truncated: false });
    expect(result.stdout.toString()).to.equal("it's|$HOME|a  b|");
    const both = await shell.script('echo out; echo err >&2', [], { deadline: deadline() });
    expect([both.stdout.toString(), both.stderr.toString()]).to.deep.equal(['out\n', 'err\n']);
  });

  it('gives exit status and signal as results', async () => {
    expect(await shell.script('exit 7', [], { deadline: deadline() })).to.include({ exitCode: 7, signal: null });
    expect(await shell.script('kill -TERM $$', [], { deadline: deadline() })).to.include({
      exitCode: null,
      signal: 'SIGTERM',
    });
  });

  it('does not miss an exit status that comes along with the confirmation of the command', async () => {
    sshd.answer = (channel) => {
      channel.exit(7);
      channel.end();
    };
    expect(await shell.run(['true'], { deadline: deadline() })).to.include({ exitCode: 7 });
    expect(await collect(shell.stream('true', [], { deadline: deadline() }))).to.have.length(0);
  });

  it('passes parameters and stdin to a script, and never splices them in', async () => {
    const script = 'printf "%s\\n" "$#" "$1" "$2"; cat';
    const stdin = Buffer.alloc(3 * 1024 * 1024, 'd');
    const { stdout, exitCode } = await shell.script(script, ['; echo no', '$(echo no)'], {
      deadline: deadline(),
      stdin,
    });
    expect(exitCode).to.equal(0);
    expect(stdout.toString('latin1', 0, 24)).to.equal('2\n; echo no\n$(echo no)\ndd'.slice(0, 24));
    expect(stdout.length).to.equal('2\n; echo no\n$(echo no)\n'.length + stdin.length);
  });

  it('lives on when a command does not read its stdin', async () => {
    const { exitCode } = await shell.run(['true'], { deadline: deadline(), stdin: Buffer.alloc(4 * 1024 * 1024) });
    expect(exitCode).to.equal(0);
    expect(await shell.run(['true'], { deadline: deadline() })).to.include({ exitCode: 0 });
  });

  it('bounds each stream, and still waits for the end', async () => {
    const flood = 'head -c 200000 /dev/zero; head -c 99 /dev/zero >&2; exit 3';
    const result = await shell.script(flood, [], { deadline: deadline(), maxBytes: 100 });
    expect(result).to.include({ exitCode: 3, truncated: true });
    expect([result.stdout.length, result.stderr.length]).to.deep.equal([100, 99]);
    expect(
      (await shell.script('head -c 100 /dev/zero', [], { deadline: deadline(), maxBytes: 100 })).truncated,
    ).to.equal(false);
  });

  it('shows output as it comes', async () => {
    const seen: string[] = [];
    await shell.script('echo one; echo two >&2', [], {
      deadline: deadline(),
      onOutput: (chunk, stream) => seen.push(`${stream} ${chunk.toString().trim()}`),
    });
    expect(seen).to.have.members(['stdout one', 'stderr two']);
  });

  it('says null when the connection is lost before the exit status, and ever after', async () => {
    sshd.answer = (channel) => {
      channel.write('half an ans');
      setImmediate(() => sshd.dropAll());
    };
    const result = await shell.run(['uptime'], { deadline: deadline() });
    expect(result).to.include({ exitCode: null, signal: null });
    expect(await shell.run(['uptime'], { deadline: deadline() })).to.include({ exitCode: null });
  });

  it('does not take the end of a stream for a success when the connection is lost', async () => {
    sshd.answer = (channel) => {
      channel.write('half an ans');
      setImmediate(() => sshd.dropAll());
    };
    const error = await collect(shell.stream('uptime', [], { deadline: deadline() })).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).to.include({ code: 'connection-lost' });
    const later = await collect(shell.stream('uptime', [], { deadline: deadline() })).catch(
      (thrown: unknown) => thrown,
    );
    expect(later).to.include({ code: 'connection-lost' });
  });

  it('notices a device that is gone without a word', async () => {
    sshd.answer = () => sshd.freezeAll();
    expect(await shell.run(['sleep', '60'], { deadline: deadline() })).to.include({ exitCode: null });
  });

  it('is not alarmed by a command that is silent for long', async () => {
    const { exitCode } = await shell.run(['sleep', '2'], { deadline: deadline() });
    expect(exitCode).to.equal(0);
  });

  it('streams without bound, and ends with the command', async () => {
    const chunks = await collect(
      shell.stream('head -c "$1" /dev/zero; echo noise >&2', ['5000000'], { deadline: deadline() }),
    );
    expect(chunks.length).to.equal(5_000_000);
  });

  it('stops a stream that nobody reads to its end', async () => {
    for await (const chunk of shell.stream('yes', [], { deadline: deadline() })) {
      expect(chunk.subarray(0, 4).toString()).to.equal('y\ny\n');
      break;
    }
    expect(await shell.run(['true'], { deadline: deadline() })).to.include({ exitCode: 0 });
  });

  it('closes a channel that opens when nobody waits for it any more', async () => {
    // Ended by hand: the request is on its way when run returns, and a timer might fire before it.
    const abort = new AbortController();
    const running = shell.run(['sleep', '60'], { deadline: new Deadline('sleep', 8000, abort.signal) });
    abort.abort();
    expect(await running.catch((thrown: unknown) => thrown)).to.include({ code: 'aborted' });
    const isOver = (): boolean => sshd.commands.length === 2 && sshd.openChannels === 0;
    await deadline('the channel to close').until(() => isOver() || undefined);
    expect(await shell.run(['true'], { deadline: deadline() })).to.include({ exitCode: 0 });
  });

  it('ends a command and a stream with their deadline, and stays usable', async () => {
    const error = await shell
      .run(['sleep', '60'], { deadline: deadline('sleep', 50) })
      .catch((thrown: unknown) => thrown);
    expect(error).to.include({ code: 'deadline' });
    const late = collect(shell.stream('sleep 60', [], { deadline: deadline('stream', 50) }));
    expect(await late.catch((thrown: unknown) => thrown)).to.include({ code: 'deadline' });
    expect(await shell.run(['true'], { deadline: deadline() })).to.include({ exitCode: 0 });
  });
});

async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
