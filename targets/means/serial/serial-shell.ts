import { randomBytes } from 'node:crypto';
import type { ConsolePort } from '../../../harness/device/console.ts';
import type { Deadline } from '../../../harness/device/deadline.ts';
import { BenchError } from '../../../harness/errors/harness-error.ts';
import { Dialogue } from './dialogue.ts';
import { posixCksum } from './posix-cksum.ts';

export interface SerialLogin {
  /** For messages. */
  readonly name: string;
  readonly user: string;
  /** Typed where one is asked for; a terminal does not echo it. */
  readonly password?: string | undefined;
  readonly answerMs?: number;
}

/** What fits a frame: small enough that a wire which loses a byte in a thousand brings most of them whole. */
const blockBytes = 192;
/** A console is for small answers. */
const maxOutputBytes = 256 * 1024;
const shellPrompt = /[#$] $/;

/**
 * A shell at a serial console. A command runs once, however often it had to be typed: its first word makes a directory, and only who made it goes
 * on. What it printed is kept on the device and fetched in blocks with a checksum, so a block that came damaged is fetched again.
 */
export class SerialShell {
  private constructor(
    private readonly dialogue: Dialogue,
    private readonly name: string,
  ) {}

  /** Logs in, or uses the shell that is there. @throws BenchError `console-login-refused`, `console-unusable`, DeadlineError. */
  static async login(port: ConsolePort, login: SerialLogin, deadline: Deadline): Promise<SerialShell> {
    const { name, user, password, answerMs } = login;
    const dialogue = new Dialogue(port, { name, prompt: shellPrompt, ...(answerMs === undefined ? {} : { answerMs }) });
    try {
      await enter(dialogue, name, user, password, deadline);
      return new SerialShell(dialogue, name);
    } catch (error) {
      dialogue.close();
      throw error;
    }
  }

  get resends(): number {
    return this.dialogue.resends;
  }

  close(): void {
    this.dialogue.close();
  }

  /** Both streams in one. @throws BenchError `console-output-too-long`, `console-unusable`, DeadlineError. */
  async run(argv: readonly string[], deadline: Deadline): Promise<{ exitCode: number; output: Buffer }> {
    const id = randomBytes(6).toString('hex');
    const kept = `/tmp/bp-${id}`;
    const body = `{ (${argv.map(quote).join(' ')}) >${kept}/o 2>&1 </dev/null; echo $? >${kept}/r; }`;
    for (let status = ''; ;) {
      // Until the exit status is there: typed again when the newline was lost, without running again.
      await this.dialogue.type(` mkdir ${kept} 2>/dev/null && ${body}`, deadline);
      await this.dialogue.write('\r', deadline);
      await this.#promptOrSilence(deadline);
      status = (await this.#fetch(`cat ${kept}/r 2>/dev/null`, deadline)).toString('latin1').trim();
      if (/^\d+$/.test(status)) return { exitCode: Number(status), output: await this.#output(kept, deadline) };
      deadline.check();
    }
  }

  /** A command may take its time: its prompt is waited for with all that is left; only a line without any answer is a lost newline. */
  async #promptOrSilence(deadline: Deadline): Promise<void> {
    const begun = deadline.within(`a newline on ${this.name}`, this.dialogue.answerMs);
    const answered = await this.dialogue
      .expect((heard) => (heard.includes('\n') ? true : undefined), begun)
      .catch(() => false);
    deadline.check();
    if (answered) await this.dialogue.expect((heard) => shellPrompt.exec(heard), deadline);
  }

  async #output(kept: string, deadline: Deadline): Promise<Buffer> {
    const size = Number((await this.#fetch(`wc -c <${kept}/o`, deadline)).toString('latin1'));
    if (size > maxOutputBytes)
      throw new BenchError(`Console output of ${size} bytes is too long: ${this.name}`, {
        code: 'console-output-too-long',
        hint: 'use the network for large outputs',
      });
    const blocks: Buffer[] = [];
    for (let at = 0; at * blockBytes < size; at++)
      blocks.push(await this.#fetch(`dd if=${kept}/o bs=${blockBytes} skip=${at} count=1 2>/dev/null`, deadline));
    const output = Buffer.concat(blocks);
    await this.dialogue.ask(` rm -rf ${kept}`, deadline);
    return output.subarray(0, size);
  }

  /** What a harmless command prints, up to a block, checked. `\074` and `\076` are `<` and `>`: the echo of the line holds neither. */
  async #fetch(command: string, deadline: Deadline): Promise<Buffer> {
    const id = randomBytes(4).toString('hex');
    const line = ` d=$(${command} | base64 -w0); printf '\\074${id}:%s:%s\\076\\n' "$d" "$(printf %s "$d" | cksum)"`;
    const frame = new RegExp(`<${id}:([A-Za-z0-9+/=]*):(\\d+) (\\d+)>`);
    for (;;) {
      await this.dialogue.type(line, deadline);
      await this.dialogue.write('\r', deadline);
      const part = deadline.within(`a block on ${this.name}`, this.dialogue.answerMs);
      const found = await this.dialogue
        .expect((heard) => frame.exec(heard.replace(/[\r\n]/g, '')), part)
        .catch(() => undefined);
      const [, base64 = '', sum, length] = found ?? [];
      const isWhole = Number(length) === base64.length && Number(sum) === posixCksum(Buffer.from(base64, 'latin1'));
      if (found && isWhole) return Buffer.from(base64, 'base64');
      deadline.check();
      this.dialogue.resends++;
    }
  }
}

async function enter(
  dialogue: Dialogue,
  name: string,
  user: string,
  password: string | undefined,
  deadline: Deadline,
): Promise<void> {
  const asked = /(?<what>login|[Pp]assword): ?$|(?<shell>[#$] $)|(?<refused>Login incorrect)/;
  for (;;) {
    dialogue.forget();
    await dialogue.write('\r', deadline);
    const part = deadline.within(`a login prompt on ${name}`, dialogue.answerMs * 5);
    const state = await dialogue.expect((heard) => asked.exec(heard), part).catch(() => undefined);
    deadline.check();
    if (state?.groups?.['shell']) return await dialogue.prompt(deadline);
    if (state?.groups?.['what'] !== 'login') continue;
    dialogue.forget();
    await dialogue.write(`${user}\r`, deadline);
    const answer = await dialogue.expect((heard) => asked.exec(heard), deadline);
    if (answer.groups?.['shell']) return;
    if (answer.groups?.['what'] === 'login') continue;
    if (password === undefined) throw refused(name, user, 'a password is asked for');
    dialogue.forget();
    await dialogue.write(`${password}\r`, deadline);
    const entered = await dialogue.expect((heard) => /Login incorrect|[#$] $/.exec(heard), deadline);
    if (entered[0] === 'Login incorrect') throw refused(name, user, 'login incorrect');
    return;
  }
}

function refused(name: string, user: string, why: string): BenchError {
  return new BenchError(`Console login refused, ${why}: ${user} on ${name}`, {
    code: 'console-login-refused',
    hint: 'check user and password in the bench file',
  });
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
