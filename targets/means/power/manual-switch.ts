import { createInterface } from 'node:readline/promises';
import { createReadStream, createWriteStream } from 'node:fs';
import type { Deadline } from '../../../harness/device/deadline.ts';
import { BenchError, CapabilityError } from '../../../harness/errors/harness-error.ts';
import type { PowerSwitch } from './power-switch.ts';

/** Asks the person at the terminal: for one try at a desk. What a person says they did is not sensed, so it proves no cut. */
export class ManualSwitch implements PowerSwitch {
  readonly name = 'by hand';
  readonly canReset = false;
  readonly senses = 'person';
  #last: 'on' | 'off' | 'unknown' = 'unknown';

  constructor(private readonly ask: (question: string, deadline: Deadline) => Promise<void> = askAtTerminal) {}

  async on(deadline: Deadline): Promise<void> {
    await this.ask('Switch the board ON', deadline);
    this.#last = 'on';
  }

  async off(deadline: Deadline): Promise<void> {
    await this.ask('Take the power AWAY from the board', deadline);
    this.#last = 'off';
  }

  reset(): Promise<string> {
    return Promise.reject(new CapabilityError('No reset line: by hand', { code: 'capability-missing' }));
  }

  sense(): Promise<'on' | 'off' | 'unknown'> {
    return Promise.resolve(this.#last);
  }

  async close(): Promise<void> {}
}

/** The terminal itself: the standard streams of a worker are a log. */
async function askAtTerminal(question: string, deadline: Deadline): Promise<void> {
  const noTerminal = (cause: unknown): BenchError =>
    new BenchError('No terminal to ask at: power by hand', {
      code: 'power-command-failed',
      hint: 'run it from a terminal, or give the bench a switch',
      cause,
    });
  const input = createReadStream('/dev/tty');
  const output = createWriteStream('/dev/tty');
  const broken = new Promise<never>((_, reject) => {
    input.once('error', (cause) => reject(noTerminal(cause)));
    output.once('error', (cause) => reject(noTerminal(cause)));
  });
  const lines = createInterface({ input, output });
  try {
    await deadline.race(Promise.race([lines.question(`\n${question}, then press Enter: `), broken]));
  } finally {
    lines.close();
    input.destroy();
    output.destroy();
  }
}
