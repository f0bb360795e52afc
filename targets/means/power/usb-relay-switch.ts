import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Deadline } from '../../../harness/device/deadline.ts';
import { BenchError, CapabilityError } from '../../../harness/errors/harness-error.ts';
import type { PowerOptionsOf } from './options.ts';
import type { PowerSwitch } from './power-switch.ts';

/** A relay card of the LCUS kind: four bytes switch it (A0, relay, state, sum), at any speed of its USB tty. It does not say what it did. */
export class UsbRelaySwitch implements PowerSwitch {
  readonly name: string;
  readonly canReset = false;
  readonly senses = undefined;

  constructor(private readonly options: PowerOptionsOf<'usb-relay'>) {
    this.name = `relay ${options.relay} of ${options.path}`;
  }

  on(deadline: Deadline): Promise<void> {
    return this.#set(!this.options.normallyClosed, deadline);
  }

  off(deadline: Deadline): Promise<void> {
    return this.#set(this.options.normallyClosed, deadline);
  }

  reset(): Promise<string> {
    return Promise.reject(new CapabilityError(`No reset line: ${this.name}`, { code: 'capability-missing' }));
  }

  sense(): Promise<'on' | 'off' | 'unknown'> {
    return Promise.resolve('unknown');
  }

  async close(): Promise<void> {}

  async #set(closed: boolean, deadline: Deadline): Promise<void> {
    deadline.check();
    const { path, relay } = this.options;
    const state = closed ? 1 : 0;
    try {
      const file = await deadline.race(open(path, constants.O_WRONLY | constants.O_NOCTTY));
      try {
        await deadline.race(file.write(Buffer.from([0xa0, relay, state, (0xa0 + relay + state) & 0xff])));
      } finally {
        await file.close();
      }
    } catch (cause) {
      deadline.check();
      throw new BenchError(`Power command failed, ${(cause as NodeJS.ErrnoException).code ?? 'write'}: ${this.name}`, {
        code: 'power-command-failed',
        hint: 'is the relay plugged in?',
        cause,
      });
    }
  }
}
