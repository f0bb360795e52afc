import type { Deadline } from '../../../harness/device/deadline.ts';
import { BenchError, CapabilityError } from '../../../harness/errors/harness-error.ts';
import { runCommand, stateOf } from './command.ts';
import type { PowerOptionsOf } from './options.ts';
import type { PowerSwitch } from './power-switch.ts';

/** Power by programs of the host: any relay, any PDU that somebody has a command for. */
export class CommandSwitch implements PowerSwitch {
  readonly name: string;
  readonly canReset: boolean;
  readonly senses: PowerSwitch['senses'];

  constructor(
    private readonly options: Omit<PowerOptionsOf<'exec'>, 'kind'>,
    /** An argument that stands in no message. */
    private readonly secret?: string,
  ) {
    this.name = options.off.map((word) => (word === secret ? '***' : word)).join(' ');
    this.canReset = options.reset !== undefined;
    this.senses = options.sense ? options.senses : undefined;
  }

  async on(deadline: Deadline): Promise<void> {
    await runCommand(this.options.on, deadline, this.secret);
  }

  async off(deadline: Deadline): Promise<void> {
    await runCommand(this.options.off, deadline, this.secret);
  }

  async reset(deadline: Deadline): Promise<string> {
    const { reset } = this.options;
    if (!reset) throw new CapabilityError(`No reset line: ${this.name}`, { code: 'capability-missing' });
    const said = await runCommand(reset, deadline, this.secret);
    return `${reset.join(' ')} ended with 0${said === '' ? '' : ` (${said.split('\n')[0]?.slice(0, 100)})`}`;
  }

  async sense(deadline: Deadline): Promise<'on' | 'off' | 'unknown'> {
    const { sense, onPattern, offPattern } = this.options;
    if (!sense) return 'unknown';
    const said = await runCommand(sense, deadline, this.secret);
    const state = stateOf(said, onPattern, offPattern);
    if (state === 'unknown')
      throw new BenchError(
        this.#shown(`Neither on nor off: ${sense.join(' ')} printed ${JSON.stringify(said.slice(0, 100))}`),
        { code: 'power-not-sensed', hint: 'onPattern and offPattern of the bench file say how to read it' },
      );
    return state;
  }

  async close(): Promise<void> {}

  #shown(text: string): string {
    return this.secret ? text.replaceAll(this.secret, '***') : text;
  }
}
