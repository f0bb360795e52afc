import type { Deadline } from '../../../harness/device/deadline.ts';
import { BenchError, CapabilityError, UsageError } from '../../../harness/errors/harness-error.ts';
import { stateOf } from './command.ts';
import type { PowerOptionsOf } from './options.ts';
import type { PowerSwitch } from './power-switch.ts';

const maxAnswerBytes = 64 * 1024;

type HttpOptions = Omit<PowerOptionsOf<'http'>, 'kind'>;

/** A PDU that is switched by URLs. A secret comes by the name of an environment variable, and stands in no message. */
export class HttpSwitch implements PowerSwitch {
  readonly name: string;
  readonly canReset = false;
  readonly senses: PowerSwitch['senses'];

  constructor(private readonly options: HttpOptions) {
    this.name = `PDU ${new URL(options.off).host}`;
    this.senses = options.sense ? 'outlet' : undefined;
  }

  async on(deadline: Deadline): Promise<void> {
    await this.#request(this.options.on, this.options.method, deadline);
  }

  async off(deadline: Deadline): Promise<void> {
    await this.#request(this.options.off, this.options.method, deadline);
  }

  reset(): Promise<string> {
    return Promise.reject(new CapabilityError(`No reset line: ${this.name}`, { code: 'capability-missing' }));
  }

  async sense(deadline: Deadline): Promise<'on' | 'off' | 'unknown'> {
    const { sense, onPattern, offPattern } = this.options;
    if (!sense) return 'unknown';
    return stateOf(await this.#request(sense, 'GET', deadline), onPattern, offPattern);
  }

  async close(): Promise<void> {}

  async #request(url: string, method: string, deadline: Deadline): Promise<string> {
    deadline.check();
    const headers = authorization(this.options.credentials);
    const failed = (why: string, cause?: unknown): BenchError =>
      new BenchError(`Power command failed, ${why}: ${this.name}`, {
        code: 'power-command-failed',
        hint: 'is the PDU reachable from this host, and are its credentials right?',
        cause,
      });
    const answering = fetch(url, { method, headers, signal: deadline.signal, redirect: 'error' });
    const response = await deadline.race(answering).catch((cause: unknown) => {
      deadline.check();
      throw failed('no answer', cause);
    });
    const text = await deadline.race(response.text()).catch((cause: unknown) => {
      deadline.check();
      throw failed('its answer broke off', cause);
    });
    if (!response.ok) throw failed(`HTTP status ${response.status}`);
    return text.slice(0, maxAnswerBytes);
  }
}

function authorization(variable: string | undefined): Record<string, string> {
  if (variable === undefined) return {};
  const secret = process.env[variable];
  if (!secret)
    throw new UsageError(`Not set: environment variable ${variable}`, {
      code: 'credentials-missing',
      hint: 'the bench file takes the credentials of its PDU from there, as USER:PASSWORD',
    });
  return { authorization: `Basic ${Buffer.from(secret).toString('base64')}` };
}
