import { connect, createServer, type Server, type Socket } from 'node:net';
import { BenchError } from '../../harness/errors/harness-error.ts';

/** Lets a board reach servers of this host's loopback: the same port at the address that the board knows, and nothing but the ports asked for. */
export class HostRelay {
  readonly #servers = new Map<number, Server>();
  readonly #sockets = new Set<Socket>();
  #failed: BenchError | undefined;

  constructor(private readonly address: string) {}

  /** Begins to listen; a failure shows at `check`. */
  open(port: number): void {
    if (this.#servers.has(port)) return;
    const server = createServer((outside) => {
      const inside = connect({ host: '127.0.0.1', port });
      for (const [socket, other] of [
        [outside, inside],
        [inside, outside],
      ] as const) {
        this.#sockets.add(socket);
        socket.on('error', () => other.destroy());
        socket.on('close', () => {
          this.#sockets.delete(socket);
          // What this side said last may still be on its way to a board that reads slowly.
          other.destroySoon();
        });
        socket.pipe(other);
      }
    });
    server.once('error', (cause) => {
      this.#failed = new BenchError(`${cause.message}: relay to the update server`, {
        code: 'relay-failed',
        hint: 'hostAddress has to be an address of this host; `relay: false` where the network leads there by itself',
        cause,
      });
    });
    server.unref();
    server.listen(port, this.address);
    this.#servers.set(port, server);
  }

  /** @throws BenchError `relay-failed`. */
  check(): void {
    if (this.#failed) throw this.#failed;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([...this.#servers.values()].map((server) => new Promise((resolve) => server.close(resolve))));
    this.#servers.clear();
  }
}
