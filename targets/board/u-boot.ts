import type { ConsolePort } from '../../harness/device/console.ts';
import type { Deadline } from '../../harness/device/deadline.ts';
import { BenchError, DeadlineError } from '../../harness/errors/harness-error.ts';
import type { BoardDialogue, BoardMeans } from './means.ts';
import type { UBootOptions } from './options.ts';

/** From power-on to where U-Boot can be stopped, at most. */
const promptMs = 60_000;

/** U-Boot stopped at its prompt. */
export class UBootPrompt {
  private constructor(private readonly dialogue: BoardDialogue) {}

  /**
   * Begins to listen, switches the board on by `powerOn`, and stops autoboot.
   * @throws BenchError `no-u-boot-prompt` with what was heard last.
   */
  static async stop(
    port: ConsolePort,
    name: string,
    { prompt: promptText, asks, stop }: UBootOptions,
    { dialogue: makeDialogue }: Pick<BoardMeans, 'dialogue'>,
    powerOn: () => Promise<void>,
    deadline: Deadline,
  ): Promise<UBootPrompt> {
    const prompt = new RegExp(`${escaped(promptText)}$`);
    const dialogue = makeDialogue(port, { name, prompt });
    const part = deadline.within(`the prompt of U-Boot on ${name}`, promptMs);
    try {
      await powerOn();
      await dialogue.expect((heard) => (heard.includes(asks) ? true : undefined), part);
      await dialogue.write(stop, part);
      await dialogue.expect((heard) => prompt.exec(heard), part);
      return new UBootPrompt(dialogue);
    } catch (error) {
      dialogue.close();
      if (!(error instanceof DeadlineError)) throw error;
      deadline.check();
      throw new BenchError(`No prompt of U-Boot within ${Math.round(part.budgetMs / 1000)} s: ${name}`, {
        code: 'no-u-boot-prompt',
        hint: 'wrong baud, bootdelay below 1, or another boot loader?',
        details: error.details,
        cause: error,
      });
    }
  }

  /** One command that may run twice, and what it printed. */
  ask(command: string, deadline: Deadline): Promise<string> {
    return this.dialogue.ask(command, deadline);
  }

  /** undefined: the environment does not have it. */
  async variable(name: string, deadline: Deadline): Promise<string | undefined> {
    const said = await this.ask(`printenv ${name}`, deadline);
    const line = said.split('\n').find((text) => text.trim().startsWith(`${name}=`));
    return line?.trim().slice(name.length + 1);
  }

  /** A command that does not come back to the prompt by itself (`ums`, `boot`). */
  async start(command: string, deadline: Deadline): Promise<void> {
    await this.dialogue.prompt(deadline);
    await this.dialogue.write(`${command}\r`, deadline);
  }

  /** Ends what `start` began. */
  interrupt(deadline: Deadline): Promise<void> {
    return this.dialogue.prompt(deadline);
  }

  close(): void {
    this.dialogue.close();
  }
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}
