import { randomBytes } from 'node:crypto';
import type { Deadline } from '../device/deadline.ts';
import { BenchError, DeadlineError } from '../errors/harness-error.ts';
import { ConsoleCommand, interrupted } from './console-command.ts';
import type { DeviceConsole } from './console.ts';

export interface ConsoleLogin {
  readonly user: string;
  /** Typed where one is asked for; a terminal does not echo it, so it does not reach the transcript. */
  readonly password?: string;
  readonly deadline: Deadline;
  /** login(1) throws away what was typed before the shell reads: after this time the first command is sent again. Default 5 s. */
  readonly resendMs?: number;
}

/** A console is for small answers; what is longer is refused instead of cut. */
const maxResultBytes = 4 * 2 ** 20;

const nonce = () => randomBytes(6).toString('hex');
const shellPrompt = { name: 'shell', pattern: /[#$] / };

/** A shell on the console: proven by a marker that only a shell can print, never by the look of a prompt. */
export class ConsoleShell {
  readonly #console: DeviceConsole;

  private constructor(
    console: DeviceConsole,
    /** How often the first command was sent again. */
    readonly resends: number,
  ) {
    this.#console = console;
  }

  /**
   * Logs in at the prompt of a booted device; a shell that is there already is used.
   * @throws BenchError `console-login-refused`, DeadlineError of DeviceConsole.expect.
   */
  static async login(
    console: DeviceConsole,
    { user, password, deadline, resendMs = 5000 }: ConsoleLogin,
  ): Promise<ConsoleShell> {
    let from = console.length;
    // Ctrl-U: what a person may have typed halfway is not part of the name.
    await console.write('\u0015\n');
    const prompt = { name: 'login', pattern: interrupted('login: ') };
    const first = await console.expect([prompt, shellPrompt], { from, deadline });
    if (first.name === 'login') {
      from = console.length;
      await console.write(`${user}\n`);
      const asked = { name: 'password', pattern: /[Pp]assword: ?/ };
      const refused = { name: 'refused', pattern: 'Login incorrect' };
      let answer = await console.expect([asked, refused, shellPrompt], { from, deadline });
      if (answer.name === 'password' && password !== undefined) {
        from = console.length;
        await console.write(`${password}\n`);
        answer = await console.expect([refused, shellPrompt], { from, deadline });
      }
      if (answer.name !== 'shell')
        throw new BenchError(
          `Console login refused: ${user} on ${console.name}${answer.name === 'password' ? ', a password is asked for' : ''}`,
          { code: 'console-login-refused', hint: 'check user and password of this bench', details: { user } },
        );
    }
    return new ConsoleShell(console, await prove(console, deadline, resendMs));
  }

  /** Runs one command; both streams in one, byte-exact. @throws BenchError `console-garbled`, `console-output-too-long`, DeadlineError. */
  async run(argv: readonly string[], deadline: Deadline): Promise<{ exitCode: number; output: Buffer }> {
    const command = new ConsoleCommand(argv, nonce());
    const from = this.#console.length;
    await this.#console.write(command.line);
    const begin = await this.#console.expect([{ name: 'begin', pattern: command.begin }], { from, deadline });
    const end = await this.#console.expect([{ name: 'end', pattern: command.end }], { from: begin.end, deadline });
    if (end.start - begin.end > maxResultBytes)
      throw new BenchError(
        `Console output too long: ${end.start - begin.end} bytes of ${argv[0]} on ${this.#console.name}`,
        {
          code: 'console-output-too-long',
          hint: 'use the shell of the target for large outputs',
        },
      );
    return ConsoleCommand.parse(this.#console.transcript.read(begin.end, end.start - begin.end));
  }
}

async function prove(console: DeviceConsole, deadline: Deadline, resendMs: number): Promise<number> {
  for (let resends = 0; ; resends += 1) {
    const command = new ConsoleCommand(['true'], nonce());
    const from = console.length;
    await console.write(command.line);
    try {
      const part = deadline.within(`a shell's answer on ${console.name}`, resendMs);
      await console.expect([{ name: 'marker', pattern: command.end }], { from, deadline: part });
      return resends;
    } catch (error) {
      if (!(error instanceof DeadlineError) || deadline.leftMs === 0) throw error;
    }
  }
}
