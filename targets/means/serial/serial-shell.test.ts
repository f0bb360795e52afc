import { expect } from 'chai';
import fc from 'fast-check';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Deadline } from '../../../harness/device/deadline.ts';
import type { HarnessError } from '../../../harness/errors/harness-error.ts';
import { goodWire, LossyPort, randomFrom, terminal, type Wire } from './fixtures/lossy-terminal.ts';
import { posixCksum } from './posix-cksum.ts';
import { SerialShell } from './serial-shell.ts';

const soon = (budgetMs = 60_000): Deadline => new Deadline('the terminal', budgetMs);
const login = { name: 'board-a', user: 'root', answerMs: 150 };

describe('serial shell', function () {
  this.timeout(120_000);
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'bootproof-serial-'))));
  afterEach(() => rmSync(directory, { recursive: true }));

  async function shellOn(wire: Wire, options: Parameters<typeof terminal>[0] = {}): Promise<SerialShell> {
    return SerialShell.login(new LossyPort(wire, terminal(options)), login, soon());
  }

  it('gives exit status and output as they are', async () => {
    const shell = await shellOn(goodWire);
    const said = await shell.run(
      ['sh', '-c', 'printf "%s\\n" "$1"; echo err >&2; exit 7', 'sh', "it's <a> \u00e9"],
      soon(),
    );
    expect(said.exitCode).to.equal(7);
    expect(said.output.toString()).to.equal("it's <a> \u00e9\nerr\n");
    const bytes = await shell.run(['printf', '\\001\\377\\r\\n%0500d', '0'], soon());
    expect(bytes.output.length).to.equal(504);
  });

  it('runs a command once and brings its output whole, over a wire that drops, doubles and splits', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 2 ** 31 }),
        fc.constantFrom([0.0005, 0], [0, 0.0005], [0.0007, 0.0007]),
        async (seed, [drop = 0, double = 0]) => {
          // Another wire may come with the same seed.
          const file = join(directory, `ran-${seed}-${drop}-${double}`);
          rmSync(file, { force: true });
          const wire = { random: randomFrom(seed), drop, double, split: 0.5 };
          const shell = await shellOn(wire);
          const said = await shell.run(['sh', '-c', `echo x >>${file}; seq 40; exit 3`], soon());
          expect(said.exitCode).to.equal(3);
          expect(said.output.toString()).to.equal(Array.from({ length: 40 }, (_, n) => `${n + 1}\n`).join(''));
          expect(readFileSync(file, 'utf8')).to.equal('x\n');
          shell.close();
        },
      ),
      { numRuns: 8 },
    );
  });

  it('takes kernel lines, colours and bracketed paste for what they are', async () => {
    const noise = '\u001b[?2004l[   12.345678] usb 1-1: new device\r\n\u001b[1;32mgreen\u001b[0m\r\n';
    const shell = await shellOn(goodWire, { noise, prompt: '\u001b[?2004h# ' });
    expect((await shell.run(['echo', 'hello'], soon())).output.toString()).to.equal('hello\n');
  });

  it('does not take the echo of a line for its answer', async () => {
    // Echoes all, and answers nothing: a shell that hangs.
    const port = new LossyPort(goodWire, (bytes, send) => {
      const text = bytes.toString('latin1');
      send(text === '\u0003' || text === '\r' ? '\r\n# ' : text);
    });
    const shell = await SerialShell.login(port, login, soon());
    const error = await shell.run(['true'], soon(2000)).catch((reason: unknown) => reason);
    expect((error as HarnessError).code).to.equal('deadline');
  });

  it('calls a wire unusable that echoes something else', async () => {
    const port = new LossyPort(goodWire, (bytes, send) =>
      send(bytes.includes(3) || bytes.includes(13) ? '\r\n# ' : '~'),
    );
    const shell = await SerialShell.login(port, { ...login, answerMs: 20 }, soon());
    const error = await shell.run(['true'], soon()).catch((reason: unknown) => reason);
    expect((error as HarnessError).code).to.equal('console-unusable');
  });

  it('says who was refused', async () => {
    const port = new LossyPort(goodWire, (bytes, send) => {
      const text = bytes.toString('latin1');
      if (text === '\r') send('\r\ndevice login: ');
      else if (text === 'root\r') send('root\r\nPassword: ');
      else send('\r\nLogin incorrect\r\ndevice login: ');
    });
    const without = await SerialShell.login(port, login, soon()).catch((reason: unknown) => reason);
    expect((without as HarnessError).message).to.equal(
      'Console login refused, a password is asked for: root on board-a',
    );
    const wrong = await SerialShell.login(port, { ...login, password: 'x' }, soon()).catch((reason: unknown) => reason);
    expect((wrong as HarnessError).code).to.equal('console-login-refused');
  });

  it('computes what cksum prints', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const { stdout } = spawnSync('cksum', { input: bytes, encoding: 'utf8' });
        return stdout.startsWith(`${posixCksum(Buffer.from(bytes))} `);
      }),
      { numRuns: 20 },
    );
  });
});
