import type { ConsolePort } from '../../../harness/device/console.ts';
import type { Deadline } from '../../../harness/device/deadline.ts';
import { BenchError, DeadlineError } from '../../../harness/errors/harness-error.ts';
import { echoText, plainText } from './plain-text.ts';

export interface DialogueOptions {
  /** For messages. */
  readonly name: string;
  /** What the other side shows when it takes a line: at the end of what came so far. */
  readonly prompt: RegExp;
  /** What throws away a line that was typed half, and brings a fresh prompt. Default Ctrl-C. */
  readonly clear?: string;
  /** How long an echo or a prompt may take before it counts as lost on the wire. Default 2000 ms. */
  readonly answerMs?: number;
  /** How often something is typed again before the wire is called unusable. Default 20. */
  readonly attempts?: number;
}

/** The last bytes that are looked at: a device that floods its console does not fill the memory. */
const maxBytes = 256 * 1024;

/** Typing lines at a prompt over a wire that may lose, double or delay bytes: a line counts as typed once its echo was exactly it. */
export class Dialogue {
  /** How often something had to be typed again, so far. */
  resends = 0;
  #text = '';
  #waiting: (() => void) | undefined;
  readonly #stop: () => void;

  constructor(
    private readonly port: ConsolePort,
    private readonly options: DialogueOptions,
  ) {
    this.#stop = port.onData((chunk) => {
      this.#text = (this.#text + chunk.toString('latin1')).slice(-maxBytes);
      this.#waiting?.();
    });
  }

  get answerMs(): number {
    return this.options.answerMs ?? 2000;
  }

  close(): void {
    this.#stop();
  }

  /** Forgets what came so far: what is expected next is new. */
  forget(): void {
    this.#text = '';
  }

  /** What came since `forget`, as text. */
  get heard(): string {
    return plainText(this.#text);
  }

  /** A wire may take no bytes for as long as it likes: a serial server that has suspended the flow. @throws DeadlineError. */
  async write(text: string, deadline: Deadline): Promise<void> {
    await deadline.race(this.port.write(Buffer.from(text, 'latin1')));
  }

  /** Waits until `look` gives something for what came since `forget`. @throws DeadlineError with the last line. */
  async expect<T>(look: (heard: string) => T | undefined | null, deadline: Deadline): Promise<T> {
    for (;;) {
      const found = look(this.heard);
      if (found !== undefined && found !== null) return found;
      const more = new Promise<void>((resolve) => (this.#waiting = resolve));
      await deadline.race(more, () => ({
        lastLine: this.heard
          .trimEnd()
          .split(/[\r\n]+/)
          .at(-1)
          ?.slice(-200),
      }));
    }
  }

  /** A fresh prompt, with nothing typed behind it. @throws DeadlineError, BenchError `console-unusable`. */
  async prompt(deadline: Deadline): Promise<void> {
    const { clear = '\u0003', prompt } = this.options;
    await this.#again('a prompt', deadline, async (part) => {
      this.forget();
      const answered = part();
      await this.write(clear, answered);
      await this.expect((heard) => prompt.exec(heard), answered);
    });
  }

  /** Types a line and makes sure of it before it is ended; what follows is the answer, and not its own echo. */
  async type(line: string, deadline: Deadline): Promise<void> {
    await this.#again(`the echo of ${JSON.stringify(line.slice(0, 60))}`, deadline, async (part) => {
      await this.prompt(deadline);
      this.forget();
      await this.write(line, deadline);
      const echoed = part();
      await this.expect(() => (echoText(this.#text).length >= line.length ? true : undefined), echoed);
      // A byte too many shows only when it has come.
      await this.#settled(echoed);
      if (echoText(this.#text) !== line) throw echoed.error();
    });
    this.forget();
  }

  /** One line and what it printed, up to the next prompt. Only for what may be done twice: its newline may be typed again. */
  async ask(line: string, deadline: Deadline): Promise<string> {
    const { prompt } = this.options;
    return this.#again(`an answer to ${JSON.stringify(line.slice(0, 60))}`, deadline, async () => {
      await this.type(line, deadline);
      await this.write('\r', deadline);
      const heard = await this.expect((text) => (prompt.test(text) ? text : undefined), deadline);
      return heard.replace(prompt, '').replace(/\r/g, '').trim();
    });
  }

  /** Nothing more comes of an echo for a tenth of the time that an answer may take. */
  async #settled(deadline: Deadline): Promise<void> {
    for (let length = -1; length !== this.#text.length;) {
      length = this.#text.length;
      const quiet = deadline.within('a quiet line', this.answerMs / 10);
      const more = new Promise<void>((resolve) => (this.#waiting = resolve));
      await quiet.race(more).catch(() => undefined);
      deadline.check();
    }
  }

  async #again<T>(what: string, deadline: Deadline, attempt: (part: () => Deadline) => Promise<T>): Promise<T> {
    const { name, attempts = 20 } = this.options;
    for (let n = 1; ; n++) {
      try {
        return await attempt(() => deadline.within(`${what} on ${name}`, this.answerMs));
      } catch (error) {
        if (!(error instanceof DeadlineError)) throw error;
        deadline.check({ lastLine: this.heard.slice(-200) });
        if (n >= attempts) throw unusable(what, name, n, this.heard);
        this.resends++;
      }
    }
  }
}

function unusable(what: string, name: string, attempts: number, heard: string): BenchError {
  return new BenchError(`Typed ${attempts} times without ${what}: ${name}`, {
    code: 'console-unusable',
    hint: 'wrong baud, another board, or a wire that loses most of what is sent? pauseMs slows the typing down',
    details: { lastHeard: heard.slice(-200) },
  });
}
