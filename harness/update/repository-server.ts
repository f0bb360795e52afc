import { createReadStream, existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { join, normalize } from 'node:path';
import { InternalError } from '../errors/harness-error.ts';

/** What a repository does wrong. `afterObjects`: how many content objects it has served before it begins. */
export type RepositoryFault =
  | { readonly kind: 'gone'; readonly afterObjects: number }
  | { readonly kind: 'corrupt-object'; readonly afterObjects: number }
  | { readonly kind: 'wrong-signature' };

export interface RepositoryTraffic {
  readonly requests: number;
  readonly objects: number;
  /** Superblocks and parts of static deltas that were there. */
  readonly deltaFiles: number;
  readonly bytes: number;
}

/** What was served between two looks. */
export function trafficSince(before: RepositoryTraffic, now: RepositoryTraffic): RepositoryTraffic {
  return {
    requests: now.requests - before.requests,
    objects: now.objects - before.objects,
    deltaFiles: now.deltaFiles - before.deltaFiles,
    bytes: now.bytes - before.bytes,
  };
}

/**
 * An ostree repository over HTTP on the loopback: objects of an archive repository, and a channel (summary, signature and refs)
 * laid over it that says which image `bootproof/stable` is. It counts what it serves, and can fail in the ways a scenario asks for.
 */
export class RepositoryServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #watchers = new Set<() => void>();
  #channel: string | undefined;
  #fault: RepositoryFault | undefined;
  #faultHits = 0;
  #requests = 0;
  #objects = 0;
  #deltaFiles = 0;
  #bytes = 0;
  #objectsAtFault = 0;

  private constructor(private readonly objectsPath: string) {
    this.#server = createServer((request, response) => this.#serve(request, response));
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(objectsPath: string): Promise<RepositoryServer> {
    const repository = new RepositoryServer(objectsPath);
    await new Promise<void>((resolve, reject) => {
      repository.#server.once('error', reject);
      repository.#server.listen(0, '127.0.0.1', resolve);
    });
    return repository;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get traffic(): RepositoryTraffic {
    return { requests: this.#requests, objects: this.#objects, deltaFiles: this.#deltaFiles, bytes: this.#bytes };
  }

  /** How often the fault took effect: 0 means that nothing was interrupted. */
  get faultHits(): number {
    return this.#faultHits;
  }

  /** Folder with summary, summary.sig and refs. */
  use(channel: string): void {
    this.#channel = channel;
  }

  /** From now on; undefined: works again. */
  fail(fault: RepositoryFault | undefined): void {
    this.#fault = fault;
    this.#faultHits = 0;
    this.#objectsAtFault = this.#objects;
  }

  /** Resolves when `count` more content objects than now were asked for. */
  objectsServed(count: number, signal: AbortSignal): Promise<void> {
    const goal = this.#objects + count;
    return new Promise((resolve, reject) => {
      const watch = (): void => {
        if (this.#objects < goal) return;
        this.#watchers.delete(watch);
        signal.removeEventListener('abort', aborted);
        resolve();
      };
      const aborted = (): void => {
        this.#watchers.delete(watch);
        reject(new InternalError('No longer waiting for objects', { code: 'wait-ended' }));
      };
      this.#watchers.add(watch);
      signal.addEventListener('abort', aborted, { once: true });
    });
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    this.#requests++;
    const path = pathOf(request);
    if (path === undefined) {
      response.writeHead(400).end();
      return;
    }
    const isObject = /^\/objects\/.*\.filez$/.test(path);
    const served = this.#objects - this.#objectsAtFault;
    if (isObject) {
      this.#objects++;
      for (const watch of [...this.#watchers]) watch();
    }
    const fault = this.#fault;
    if (fault?.kind === 'gone' && served >= fault.afterObjects) {
      this.#faultHits++;
      for (const socket of this.#sockets) socket.destroy();
      return;
    }
    const file = this.#fileFor(path);
    if (file === undefined) {
      response.writeHead(404).end();
      return;
    }
    if (path.startsWith('/deltas/')) this.#deltaFiles++;
    const damages =
      (fault?.kind === 'corrupt-object' && isObject && served >= fault.afterObjects && this.#faultHits === 0) ||
      (fault?.kind === 'wrong-signature' && /\.(commitmeta|sig)$/.test(path));
    if (damages) {
      this.#faultHits++;
      void this.#sendDamaged(file, response);
      return;
    }
    this.#send(file, response);
  }

  #fileFor(path: string): string | undefined {
    if (path.includes('..')) return undefined;
    const candidates = this.#channel === undefined ? [] : [join(this.#channel, path)];
    candidates.push(join(this.objectsPath, path));
    return candidates.find((file) => existsSync(file) && statSync(file).isFile());
  }

  #send(file: string, response: ServerResponse): void {
    response.writeHead(200, { 'content-length': statSync(file).size });
    const stream = createReadStream(file);
    stream.on('data', (chunk) => (this.#bytes += chunk.length));
    stream.on('error', () => response.destroy());
    stream.pipe(response);
  }

  /** One bit in the middle is wrong; the length is right. */
  async #sendDamaged(file: string, response: ServerResponse): Promise<void> {
    const bytes = await readFile(file);
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = (bytes[middle] ?? 0) ^ 0x01;
    this.#bytes += bytes.length;
    response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
  }
}

/** undefined: a device may ask for anything, also for what is no path. */
function pathOf({ url = '/' }: IncomingMessage): string | undefined {
  try {
    return normalize(decodeURIComponent(new URL(url, 'http://repository').pathname));
  } catch {
    return undefined;
  }
}
