import { mkdir, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { ConsolePort } from '../device/console.ts';

/** A watcher who falls behind is dropped: the bench waits for nobody. */
const maxBehindBytes = 1024 * 1024;
const backlogBytes = 16 * 1024;

/** Where the console of a bench that is in use can be watched. */
export function consoleSocket(stateDir: string): string {
  return join(stateDir, 'console.sock');
}

/**
 * Shows a bench's console to whoever connects to a socket in its state directory: the last 16 KiB, then everything as it comes. What they send
 * is dropped, so that nobody disturbs a case, until `takeInput`.
 */
export class ConsoleFeed {
  readonly #watchers = new Set<Socket>();
  readonly #server: Server;
  readonly #stop: () => void;
  readonly #port: ConsolePort;
  #backlog = Buffer.alloc(0);
  #takesInput = false;

  private constructor(server: Server, port: ConsolePort) {
    this.#server = server;
    this.#port = port;
    server.on('connection', (socket) => this.#join(socket));
    this.#stop = port.onData((chunk) => this.#show(chunk));
  }

  /** The bench is this process's, so a socket that lies there is a dead one's. */
  static async open(stateDir: string, port: ConsolePort): Promise<ConsoleFeed> {
    const path = consoleSocket(stateDir);
    await mkdir(stateDir, { recursive: true });
    await rm(path, { force: true });
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
    server.unref();
    return new ConsoleFeed(server, port);
  }

  /** The case is over: what watchers send goes to the device. */
  takeInput(): void {
    this.#takesInput = true;
  }

  async close(): Promise<void> {
    this.#stop();
    for (const socket of this.#watchers) socket.end();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(socket: Socket): void {
    this.#watchers.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#watchers.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      // Refused by a device that is off: there is nobody to type to.
      if (this.#takesInput) void this.#port.write(chunk).catch(() => undefined);
    });
    socket.write(this.#backlog);
  }

  #show(chunk: Buffer): void {
    this.#backlog = Buffer.concat([this.#backlog, chunk]).subarray(-backlogBytes);
    for (const socket of this.#watchers) {
      socket.write(chunk);
      if (socket.writableLength > maxBehindBytes) socket.destroy();
    }
  }
}
