import { realpath, stat } from 'node:fs/promises';
import { SerialPort } from 'serialport';
import type { Deadline } from '../../../harness/device/deadline.ts';
import { BenchError } from '../../../harness/errors/harness-error.ts';
import type { SerialLine } from './serial-line.ts';
import { holdersOf } from './tty-holders.ts';

/** Opens a tty or pty of this host for this process alone. @throws BenchError `no-such-tty`, `not-a-tty`, `tty-busy`, `tty-denied`, `tty-failed`. */
export async function openTtyLine(path: string, baudRate: number, deadline: Deadline): Promise<SerialLine> {
  deadline.check();
  const device = await deviceOf(path);
  const port = new SerialPort({ path, baudRate, autoOpen: false, lock: true });
  const opening = new Promise<void>((resolve, reject) =>
    port.open((cause) => (cause ? reject(cause) : resolve())),
  ).catch(async (cause: Error) => {
    throw await openError(path, cause);
  });
  await deadline.race(opening).catch((error: unknown) => {
    void opening.then(() => port.close()).catch(() => undefined);
    throw error;
  });
  return new TtyLine(path, device, port);
}

/** How often it is looked whether the path still names the device that was opened. */
const watchMs = 500;

class TtyLine implements SerialLine {
  readonly closed: Promise<Error | undefined>;
  readonly #port: SerialPort;
  readonly #watch: NodeJS.Timeout;

  constructor(
    readonly name: string,
    device: number,
    port: SerialPort,
  ) {
    this.#port = port;
    // A tty that hangs up in the middle of a read reads as empty for ever, which serialport takes for nothing to read yet.
    this.#watch = setInterval(() => {
      void deviceOf(name)
        .then((now) => now === device)
        .catch(() => false)
        .then((isThere) => {
          if (!isThere && port.isOpen) port.emit('error', new Error('unplugged'));
        });
    }, watchMs).unref();
    this.closed = new Promise<Error | undefined>((resolve) => {
      port.once('close', (cause?: Error | null) => resolve(cause ?? undefined));
      port.on('error', (cause: Error) => {
        if (port.isOpen) port.close(() => resolve(cause));
        else resolve(cause);
      });
    }).finally(() => clearInterval(this.#watch));
  }

  onData(listener: (chunk: Buffer) => void): void {
    this.#port.on('data', listener);
  }

  write(data: Buffer): Promise<void> {
    return new Promise((resolve, reject) =>
      this.#port.write(data, (cause) => {
        if (cause) reject(cause);
        else resolve();
      }),
    );
  }

  async close(): Promise<void> {
    if (this.#port.isOpen) await new Promise<void>((resolve) => this.#port.close(() => resolve()));
  }
}

/** Number of the device that the path names at present. */
async function deviceOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  if (!found)
    throw new BenchError(`No such tty: ${path}`, {
      code: 'no-such-tty',
      hint: 'is the adapter plugged in? /dev/serial/by-id lists those that are',
    });
  if (!found.isCharacterDevice())
    throw new BenchError(`Not a tty: ${path}`, { code: 'not-a-tty', hint: 'name a character device' });
  return found.rdev;
}

async function openError(path: string, cause: Error): Promise<BenchError> {
  if (/cannot lock|busy/i.test(cause.message)) {
    const holders = await holdersOf(await realpath(path).catch(() => path));
    return new BenchError(`In use by ${holders.join(', ') || 'a process that cannot be seen'}: ${path}`, {
      code: 'tty-busy',
      hint: 'end it, or give this bench another console',
      details: { holders },
      cause,
    });
  }
  if (/permission denied/i.test(cause.message))
    return new BenchError(`Permission denied: ${path}`, {
      code: 'tty-denied',
      hint: 'on Debian members of the group dialout may open it',
      cause,
    });
  return new BenchError(`${cause.message}: ${path}`, { code: 'tty-failed', cause });
}
