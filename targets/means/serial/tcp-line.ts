import { connect, type Socket } from 'node:net';
import type { Deadline } from '../../../harness/device/deadline.ts';
import { BenchError } from '../../../harness/errors/harness-error.ts';
import type { SerialLine } from './serial-line.ts';

/** A peer that vanished without a word (a switched-off serial server) is noticed by the kernel's probes, not at the next write. */
const keepAliveMs = 5000;

/** Bytes over TCP as they are: ser2net in mode `raw`, or a console server. @throws BenchError `serial-server-unreachable`, DeadlineError. */
export async function openTcpLine(host: string, port: number, deadline: Deadline): Promise<SerialLine> {
  return new TcpLine(`${host}:${port}`, await connectTo(host, port, deadline));
}

/** A connected socket, paused. */
export async function connectTo(host: string, port: number, deadline: Deadline): Promise<Socket> {
  deadline.check();
  const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs });
  socket.pause();
  const connected = new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new BenchError(`${cause.code ?? cause.message}: serial server ${host}:${port}`, {
          code: 'serial-server-unreachable',
          hint: 'does it run, and is the port the one of this board?',
          cause,
        }),
      ),
    );
  });
  try {
    await deadline.race(connected);
    return socket;
  } catch (error) {
    socket.destroy();
    connected.catch(() => undefined);
    throw error;
  }
}

class TcpLine implements SerialLine {
  readonly closed: Promise<Error | undefined>;
  #asked = false;

  constructor(
    readonly name: string,
    private readonly socket: Socket,
  ) {
    this.closed = new Promise((resolve) => {
      let cause: Error | undefined;
      socket.on('error', (error) => (cause = error));
      socket.once('end', () => socket.destroy());
      socket.once('close', () =>
        resolve(this.#asked ? undefined : (cause ?? new Error('closed by the serial server'))),
      );
    });
  }

  onData(listener: (chunk: Buffer) => void): void {
    this.socket.on('data', listener);
    this.socket.resume();
  }

  write(data: Buffer): Promise<void> {
    return new Promise((resolve, reject) =>
      this.socket.write(data, (cause) => {
        if (cause) reject(cause);
        else resolve();
      }),
    );
  }

  async close(): Promise<void> {
    this.#asked = true;
    this.socket.destroy();
    await this.closed;
  }
}
