import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { InternalError } from '../errors/harness-error.ts';
import { askedOf, RegistryReleases, shows, type Asked, type RegistryCredentials } from './registry-releases.ts';
import type { RegistryFault } from './registry-fault.ts';
import type { RepositoryFault, RepositoryTraffic } from './repository-server.ts';
import type { LayerTraffic, UpdateServer } from './update-server.ts';

/** The unit in which a registry's work is counted: its blobs are few and large. */
const partBytes = 64 * 1024;
const refName = 'org.opencontainers.image.ref.name';

const ociIndex = z.object({
  manifests: z.array(
    z.object({
      digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
      annotations: z.record(z.string(), z.string()).optional(),
    }),
  ),
});

const layered = z.object({ layers: z.array(z.object({ digest: z.string() })) });

export interface RegistrySettings {
  /** OCI layout folder; its tags are those of `repository`. */
  readonly layout: string;
  /** Name of the repository that devices follow. */
  readonly repository: string;
  /** PEM. `other`: what an unknown CA has signed, for the fault of that name. */
  readonly tls: {
    readonly key: string;
    readonly certificate: string;
    readonly other: { readonly key: string; readonly certificate: string };
  };
}

/** A blob or manifest and the file that it is in. */
interface Found {
  readonly digest: string;
  readonly path: string;
  readonly size: number;
}

/**
 * The pull half of the OCI distribution protocol over an OCI layout, with TLS and basic auth, on the loopback. It counts what it sends to
 * devices, and can fail in the ways a scenario asks for. The tag `stable` is the image that was last put in use. Other repositories are
 * those that somebody has pushed to.
 */
export class RegistryServer implements UpdateServer {
  readonly credentials: RegistryCredentials = { user: 'device', password: randomBytes(18).toString('base64url') };
  readonly releases = new RegistryReleases();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #watchers = new Set<() => void>();
  readonly #fetched = new Set<string>();
  /** Layers of the image whose manifest was sent last. */
  #layers: readonly string[] | undefined;
  #channel: string | undefined;
  #fault: RegistryFault | RepositoryFault | undefined;
  #faultHits = 0;
  #partsAtFault = 0;
  #requestsAtFault = 0;
  #requests = 0;
  #parts = 0;
  #bytes = 0;

  private constructor(private readonly settings: RegistrySettings) {
    const { key, certificate } = settings.tls;
    this.#server = createServer({ key, cert: certificate }, (request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
    this.#server.on('connection', (socket: Socket) => {
      if (this.#fault?.kind === 'registry-down') {
        this.#faultHits++;
        socket.destroy();
        return;
      }
      // Who does not trust the certificate connects and asks for nothing.
      if (this.#fault?.kind === 'unknown-ca' && this.#requests === this.#requestsAtFault) this.#faultHits++;
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(settings: RegistrySettings): Promise<RegistryServer> {
    const registry = new RegistryServer(settings);
    await new Promise<void>((resolve, reject) => {
      registry.#server.once('error', reject);
      registry.#server.listen(0, '127.0.0.1', resolve);
    });
    return registry;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get traffic(): RepositoryTraffic {
    return { requests: this.#requests, objects: this.#parts, deltaFiles: 0, bytes: this.#bytes };
  }

  get faultHits(): number {
    return this.#faultHits;
  }

  takeLayers(): LayerTraffic | undefined {
    const layers = this.#layers;
    const fetched = layers?.filter((digest) => this.#fetched.has(digest)).length ?? 0;
    this.#layers = undefined;
    this.#fetched.clear();
    return layers && { fetched, reused: layers.length - fetched };
  }

  async offers(tag: string): Promise<boolean> {
    return (await this.#named(tag)) !== undefined;
  }

  use(channel: string): void {
    this.#channel = channel;
  }

  fail(fault: RegistryFault | RepositoryFault | undefined): void {
    const { tls } = this.settings;
    const wasUnknown = this.#fault?.kind === 'unknown-ca';
    this.#fault = fault;
    this.#faultHits = 0;
    this.#partsAtFault = this.#parts;
    this.#requestsAtFault = this.#requests;
    if (wasUnknown || fault?.kind === 'unknown-ca') {
      const { key, certificate } = fault?.kind === 'unknown-ca' ? tls.other : tls;
      this.#server.setSecureContext({ key, cert: certificate });
      this.#hangUp();
    }
  }

  objectsServed(count: number, signal: AbortSignal): Promise<void> {
    const goal = this.#parts + count;
    return new Promise((resolve, reject) => {
      const watch = (): void => {
        if (this.#parts < goal) return;
        this.#watchers.delete(watch);
        signal.removeEventListener('abort', aborted);
        resolve();
      };
      const aborted = (): void => {
        this.#watchers.delete(watch);
        reject(new InternalError('No longer waiting for parts of blobs', { code: 'wait-ended' }));
      };
      this.#watchers.add(watch);
      signal.addEventListener('abort', aborted, { once: true });
    });
  }

  async close(): Promise<void> {
    this.#hangUp();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await this.releases.close();
  }

  #hangUp(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  get #partsSinceFault(): number {
    return this.#parts - this.#partsAtFault;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.releases.admits(request)) return this.#serveReleaser(request, response);
    this.#requests++;
    if (this.#fault?.kind === 'unknown-ca') this.#faultHits = 0;
    if (this.#isGone()) return;
    if (this.#fault?.kind === 'slow-link') await sleep(this.#fault.latencyMs);
    if (!this.#admits(request)) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="registry"' }).end();
      return;
    }
    const asked = askedOf(request);
    const { what, reference, isPing } = asked;
    if (isPing) return void response.writeHead(200).end('{}');
    const found = await this.#find(asked);
    if (!found) return notFound(what, response);
    const { digest, path, size } = found;
    response.setHeader('docker-content-digest', digest);
    if (what === 'manifests')
      return this.#sendManifest(
        path,
        { isHead: request.method === 'HEAD', isImage: !isSignature(reference) },
        response,
      );
    if (request.method === 'HEAD') return void response.writeHead(200, { 'content-length': size }).end();
    this.#fetched.add(digest);
    await this.#sendBlob(path, size, request, response);
  }

  /** Who releases is no device: nothing of it is counted, and no fault is meant for it. */
  async #serveReleaser(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = askedOf(request);
    const { repository, what, isPing, isPull } = asked;
    if (isPing) return void response.writeHead(200).end('{}');
    // The set's own images stay as they were built.
    if (!isPull && repository !== this.settings.repository) return this.releases.take(asked, request, response);
    const found = await this.#find(asked);
    if (!found) return notFound(what, response);
    const { digest, path, size } = found;
    const mediaType = what === 'manifests' ? await mediaTypeOf(path) : 'application/octet-stream';
    response.writeHead(200, { 'content-type': mediaType, 'content-length': size, 'docker-content-digest': digest });
    if (request.method === 'HEAD') return void response.end();
    await pipeline(createReadStream(path), response).catch(() => undefined);
  }

  async #find({ repository, what, reference, isPull }: Asked): Promise<Found | undefined> {
    if (!isPull || (what !== 'manifests' && what !== 'blobs')) return undefined;
    const isOwn = repository === this.settings.repository;
    const tagged = () => (isOwn ? this.#resolve(reference) : this.releases.digestOf(repository, reference));
    const digest = what === 'manifests' ? await tagged() : digestIn(reference);
    if (digest === undefined) return undefined;
    const layout = join(this.settings.layout, 'blobs', digest.replace(':', '/'));
    const path = isOwn ? layout : await this.releases.find(repository, digest);
    const found = path === undefined ? undefined : await stat(path).catch(() => undefined);
    return path && found ? { digest, path, size: found.size } : undefined;
  }

  #admits(request: IncomingMessage): boolean {
    const fault = this.#fault;
    const refuses =
      fault?.kind === 'credentials-refused' ||
      (fault?.kind === 'credentials-expire' && this.#partsSinceFault >= fault.afterObjects);
    const isRight = shows(request, this.credentials);
    // Only who shows the right ones is refused by the fault: a first request without any is how clients begin.
    if (refuses && isRight) this.#faultHits++;
    return isRight && !refuses;
  }

  async #resolve(reference: string): Promise<string | undefined> {
    if (reference.includes(':')) return digestIn(reference);
    // A signature belongs to a digest: whichever image a tag names by mistake, its own is found or none.
    if (isSignature(reference)) return this.#named(reference);
    const right = await this.#named(reference === 'stable' ? this.#channel : reference);
    const fault = this.#fault;
    if (fault?.kind === 'bad-image') {
      const bad = await this.#named(fault.tag);
      if (bad) this.#faultHits++;
      return bad;
    }
    if (fault?.kind !== 'tag-moves' || reference !== 'stable') return right;
    const isMoved = this.#faultHits > 0;
    const moved = await this.#named(fault.to);
    if (moved) this.#faultHits++;
    return isMoved ? moved : right;
  }

  async #named(tag: string | undefined): Promise<string | undefined> {
    const { manifests } = ociIndex.parse(JSON.parse(await readFile(join(this.settings.layout, 'index.json'), 'utf8')));
    return manifests.find(({ annotations }) => annotations?.[refName] === tag)?.digest;
  }

  async #sendManifest(
    path: string,
    { isHead, isImage }: { isHead: boolean; isImage: boolean },
    response: ServerResponse,
  ): Promise<void> {
    const bytes = await readFile(path);
    const manifest: unknown = JSON.parse(bytes.toString('utf8'));
    const { mediaType } = z.object({ mediaType: z.string() }).parse(manifest);
    if (isImage) this.#layers = layered.safeParse(manifest).data?.layers.map(({ digest }) => digest);
    response.writeHead(200, { 'content-type': mediaType, 'content-length': bytes.length });
    response.end(isHead ? undefined : bytes);
  }

  async #sendBlob(path: string, size: number, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (from >= size && size > 0) return void response.writeHead(416).end();
    const cutShort = this.#fault?.kind === 'truncated-blob' && size > partBytes;
    if (cutShort) this.#faultHits++;
    const end = cutShort ? Math.floor(size / 2) : size;
    response.writeHead(from > 0 ? 206 : 200, {
      'content-length': end - from,
      'content-type': 'application/octet-stream',
      'accept-ranges': 'bytes',
      ...(from > 0 ? { 'content-range': `bytes ${from}-${end - 1}/${size}` } : {}),
    });
    // A client that hangs up in the middle is a client's right.
    await pipeline(this.#partsOf(path, from, end), response).catch(() => undefined);
  }

  async *#partsOf(path: string, from: number, end: number): AsyncIterable<Buffer> {
    if (end === from) return;
    for await (const chunk of createReadStream(path, { start: from, end: end - 1, highWaterMark: partBytes })) {
      const part = this.#disturbed(chunk as Buffer);
      if (!part) return;
      if (this.#fault?.kind === 'slow-link') {
        this.#faultHits++;
        await sleep((part.length / this.#fault.bytesPerSecond) * 1000);
      }
      this.#bytes += part.length;
      this.#parts++;
      for (const watch of [...this.#watchers]) watch();
      yield part;
    }
  }

  #isGone(): boolean {
    const fault = this.#fault;
    if (fault?.kind !== 'gone' || this.#partsSinceFault < fault.afterObjects) return false;
    this.#faultHits++;
    this.#hangUp();
    return true;
  }

  /** undefined: the registry is gone, and so is every connection. */
  #disturbed(chunk: Buffer): Buffer | undefined {
    if (this.#isGone()) return undefined;
    const fault = this.#fault;
    if (fault?.kind !== 'corrupt-object' || this.#partsSinceFault < fault.afterObjects || this.#faultHits > 0)
      return chunk;
    this.#faultHits++;
    const damaged = Buffer.from(chunk);
    const middle = Math.floor(damaged.length / 2);
    damaged[middle] = (damaged[middle] ?? 0) ^ 0x01;
    return damaged;
  }
}

async function mediaTypeOf(path: string): Promise<string> {
  return z.object({ mediaType: z.string() }).parse(JSON.parse(await readFile(path, 'utf8'))).mediaType;
}

function notFound(what: string | undefined, response: ServerResponse): void {
  const code = what === 'manifests' ? 'MANIFEST_UNKNOWN' : 'BLOB_UNKNOWN';
  response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify({ errors: [{ code }] }));
}

/** Where a sigstore signature of an image stands: `sha256-HEX.sig`, beside it. */
function isSignature(reference: string): boolean {
  return /^sha256-[0-9a-f]{64}\.sig$/.test(reference);
}

function digestIn(reference: string): string | undefined {
  return /^sha256:[0-9a-f]{64}$/.test(reference) ? reference : undefined;
}
