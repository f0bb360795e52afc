import type { Socket } from 'node:net';
import type { Deadline } from '../../../harness/device/deadline.ts';
import { BenchError, HarnessError } from '../../../harness/errors/harness-error.ts';
import type { SerialLine } from './serial-line.ts';
import { connectTo } from './tcp-line.ts';
import { escapeData, optionCommand, subnegotiation, TelnetDecoder, type TelnetEvent } from './telnet.ts';

const binary = 0;
const suppressGoAhead = 3;
const comPort = 44;
/** RFC 2217: commands of the client; the server answers with the same number + 100. */
const command = { baud: 1, dataSize: 2, parity: 3, stopSize: 4, control: 5, suspend: 8, resume: 9 } as const;
const noFlowControl = 1;

/**
 * A serial port behind a server that speaks RFC 2217 (ser2net in mode telnet, labgrid's exporter). The line counts as open when the server has
 * confirmed speed, 8N1 and no flow control: a wrong speed would be a console that says garbage.
 * @throws BenchError `serial-server-unreachable`, `not-rfc2217`, `serial-settings-refused`, DeadlineError.
 */
export async function openRfc2217Line(
  host: string,
  port: number,
  baud: number,
  deadline: Deadline,
): Promise<SerialLine> {
  const socket = await connectTo(host, port, deadline);
  const line = new Rfc2217Line(`${host}:${port}`, socket);
  try {
    await line.configure(baud, deadline);
    return line;
  } catch (error) {
    await line.close();
    throw error;
  }
}

class Rfc2217Line implements SerialLine {
  readonly closed: Promise<Error | undefined>;
  readonly #socket: Socket;
  readonly #decoder = new TelnetDecoder();
  readonly #answers = new Map<number, Buffer>();
  readonly #early: Buffer[] = [];
  #refused = false;
  #willing = false;
  #listener: ((chunk: Buffer) => void) | undefined;
  #asked = false;
  #gone = false;
  #suspended: Promise<void> | undefined;
  #resume: () => void = () => undefined;

  constructor(
    readonly name: string,
    socket: Socket,
  ) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      let cause: Error | undefined;
      socket.on('error', (error) => (cause = error));
      socket.once('end', () => socket.destroy());
      socket.once('close', () => {
        this.#gone = true;
        this.#resume();
        resolve(this.#asked ? undefined : (cause ?? new Error('closed by the serial server')));
      });
    });
    socket.on('data', (chunk: Buffer) => this.#decoder.push(chunk).forEach((event) => this.#take(event)));
    socket.resume();
  }

  onData(listener: (chunk: Buffer) => void): void {
    this.#listener = listener;
    for (const chunk of this.#early.splice(0)) listener(chunk);
  }

  async configure(baud: number, deadline: Deadline): Promise<void> {
    const offers = [binary, suppressGoAhead, comPort].map((option) => optionCommand('will', option));
    const wishes = [binary, suppressGoAhead].map((option) => optionCommand('do', option));
    await this.#send(Buffer.concat([...offers, ...wishes]));
    await this.#until(() => this.#willing, deadline);
    const speed = Buffer.alloc(4);
    speed.writeUInt32BE(baud);
    const settings: [name: string, number: number, value: Buffer][] = [
      [`${baud} baud`, command.baud, speed],
      ['8 data bits', command.dataSize, Buffer.from([8])],
      ['no parity', command.parity, Buffer.from([1])],
      ['1 stop bit', command.stopSize, Buffer.from([1])],
      ['no flow control', command.control, Buffer.from([noFlowControl])],
    ];
    for (const [, number, value] of settings) await this.#send(subnegotiation(comPort, [number, ...value]));
    for (const [name, number, value] of settings) {
      await this.#until(() => this.#answers.has(number + 100), deadline);
      const answer = this.#answers.get(number + 100);
      if (!answer?.equals(value))
        throw new BenchError(`Not set by the serial server: ${name} on ${this.name}`, {
          code: 'serial-settings-refused',
          hint: 'the server may have the settings locked, or the adapter cannot do them',
          details: { asked: [...value], answered: [...(answer ?? [])] },
        });
    }
  }

  async write(data: Buffer): Promise<void> {
    while (this.#suspended) await this.#suspended;
    await this.#send(escapeData(data));
  }

  async close(): Promise<void> {
    this.#asked = true;
    this.#socket.destroy();
    await this.closed;
  }

  #take(event: TelnetEvent): void {
    if (event.kind === 'data') {
      if (this.#listener) this.#listener(event.bytes);
      else this.#early.push(event.bytes);
    } else if (event.kind === 'option') this.#option(event);
    else if (event.option === comPort) this.#comPort(event.bytes);
  }

  #option({ verb, option }: Extract<TelnetEvent, { kind: 'option' }>): void {
    if (option === comPort) {
      if (verb === 'do') this.#willing = true;
      if (verb === 'dont') this.#refused = true;
    } else if (option !== binary && option !== suppressGoAhead) {
      // What was not asked for is declined, once: an answer to a refusal would go round for ever.
      if (verb === 'will') void this.#send(optionCommand('dont', option)).catch(() => undefined);
      if (verb === 'do') void this.#send(optionCommand('wont', option)).catch(() => undefined);
    }
  }

  #comPort(bytes: Buffer): void {
    const [number = 0] = bytes;
    if (number === command.suspend + 100 || number === command.suspend)
      this.#suspended ??= new Promise((resolve) => {
        this.#resume = () => {
          this.#suspended = undefined;
          resolve();
        };
      });
    else if (number === command.resume + 100 || number === command.resume) this.#resume();
    else this.#answers.set(number, Buffer.from(bytes.subarray(1)));
  }

  async #until(condition: () => boolean, deadline: Deadline): Promise<void> {
    const part = deadline.within(`RFC 2217 on ${this.name}`, 5000);
    try {
      await part.until(() => {
        if (this.#refused) throw notRfc2217(this.name, 'it declines the option');
        if (this.#gone) throw notRfc2217(this.name, 'it hung up');
        return condition() || undefined;
      }, 10);
    } catch (error) {
      if (error instanceof HarnessError && error.code === 'deadline' && deadline.leftMs > 0)
        throw notRfc2217(this.name, 'it does not answer the option');
      throw error;
    }
  }

  #send(data: Buffer): Promise<void> {
    return new Promise((resolve, reject) =>
      this.#socket.write(data, (cause) => {
        if (cause) reject(cause);
        else resolve();
      }),
    );
  }
}

function notRfc2217(name: string, why: string): BenchError {
  return new BenchError(`No RFC 2217 there, ${why}: serial server ${name}`, {
    code: 'not-rfc2217',
    hint: 'ser2net needs the accepter telnet(rfc2217); for bare bytes use kind: tcp',
  });
}
