import { randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { sha256OfFile } from '../device/file-sha256.ts';

const maxManifestBytes = 4 * 1024 * 1024;
const descriptor = z.object({ digest: z.string().regex(/^sha256:[0-9a-f]{64}$/) });
const pushed = z.object({ mediaType: z.string(), config: descriptor, layers: z.array(descriptor) });

/** `/v2/REPOSITORY/blobs/DIGEST`, `/v2/REPOSITORY/manifests/REFERENCE`, `/v2/REPOSITORY/blobs/uploads/ID` (OCI distribution 1.1). */
const resource = /^\/v2\/([a-z0-9]+(?:[._/-][a-z0-9]+)*)\/(manifests|blobs|blobs\/uploads)\/([\w.:-]*)$/;

/** What a request asks for. */
export interface Asked {
  readonly repository: string;
  /** undefined: no resource of the protocol. */
  readonly what: string | undefined;
  readonly reference: string;
  readonly isPing: boolean;
  readonly isPull: boolean;
  readonly query: URLSearchParams;
}

export function askedOf({ url = '/', method }: IncomingMessage): Asked {
  const { pathname, searchParams: query } = new URL(url, 'https://registry');
  const [, repository = '', what, reference = ''] = resource.exec(pathname) ?? [];
  const isPull = method === 'GET' || method === 'HEAD';
  return { repository, what, reference, isPing: pathname === '/v2/', isPull, query };
}

export interface RegistryCredentials {
  readonly user: string;
  readonly password: string;
}

export function shows({ headers: { authorization = '' } }: IncomingMessage, right: RegistryCredentials): boolean {
  const given = Buffer.from(authorization);
  const wanted = Buffer.from(`Basic ${Buffer.from(`${right.user}:${right.password}`).toString('base64')}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/**
 * Repositories that were pushed to, by who releases images: with credentials that no device has, so that no device can push. The push half of
 * the OCI distribution protocol as skopeo and podman speak it; a blob or manifest is taken only if it is what its digest says and
 * all that it names is there. Kept in a folder of its own until the registry is closed.
 */
export class RegistryReleases {
  readonly credentials: RegistryCredentials = { user: 'release', password: randomBytes(18).toString('base64url') };
  /** `REPOSITORY:TAG` to digest. */
  readonly #tags = new Map<string, string>();
  #directory: Promise<string> | undefined;

  admits(request: IncomingMessage): boolean {
    return shows(request, this.credentials);
  }

  /** undefined: nobody has pushed this there. */
  async digestOf(repository: string, reference: string): Promise<string | undefined> {
    const digest = reference.includes(':') ? reference : this.#tags.get(`${repository}:${reference}`);
    return digest && (await this.find(repository, digest)) ? digest : undefined;
  }

  /** The file of a blob or manifest; undefined: it was not pushed there. */
  async find(repository: string, digest: string): Promise<string | undefined> {
    if (!descriptor.safeParse({ digest }).success) return undefined;
    const path = await this.#pathOf(repository, digest);
    return (await stat(path).catch(() => undefined)) && path;
  }

  /** POST, PATCH and PUT of who was admitted. */
  async take(
    { repository, what, reference, query }: Asked,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const step = `${request.method} ${what ?? ''}`;
    if (step === 'POST blobs/uploads') return this.#begun(repository, randomUUID(), response);
    if (step === 'PATCH blobs/uploads') return this.#more(repository, reference, request, response);
    if (step === 'PUT blobs/uploads')
      return this.#whole(repository, reference, query.get('digest') ?? '', request, response);
    if (step === 'PUT manifests') return this.#manifest(repository, reference, request, response);
    refuse(response, 405, 'UNSUPPORTED');
  }

  async close(): Promise<void> {
    if (this.#directory) await rm(await this.#directory, { recursive: true, force: true });
  }

  /** A client that offers the whole at once, or from another repository, is asked for it piece by piece, as the protocol permits. */
  async #begun(repository: string, id: string, response: ServerResponse): Promise<void> {
    await append(await this.#uploadOf(id), []);
    response.writeHead(202, { location: `/v2/${repository}/blobs/uploads/${id}`, range: '0-0' }).end();
  }

  async #more(repository: string, id: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = await this.#uploadOf(id);
    if (!(await stat(path).catch(() => undefined))) return refuse(response, 404, 'BLOB_UPLOAD_UNKNOWN');
    await append(path, request);
    const { size } = await stat(path);
    const range = `0-${Math.max(0, size - 1)}`;
    response.writeHead(202, { location: `/v2/${repository}/blobs/uploads/${id}`, range }).end();
  }

  async #whole(
    repository: string,
    id: string,
    digest: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const path = await this.#uploadOf(id);
    if (!(await stat(path).catch(() => undefined))) return refuse(response, 404, 'BLOB_UPLOAD_UNKNOWN');
    await append(path, request);
    if (`sha256:${await sha256OfFile(path)}` !== digest) {
      await rm(path);
      return refuse(response, 400, 'DIGEST_INVALID');
    }
    await rename(path, await this.#pathOf(repository, digest));
    created(response, `/v2/${repository}/blobs/${digest}`, digest);
  }

  async #manifest(
    repository: string,
    reference: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const path = await this.#uploadOf(randomUUID());
    await append(path, request);
    if ((await stat(path)).size > maxManifestBytes) return refuse(response, 413, 'SIZE_INVALID');
    const manifest = pushed.safeParse(parsed(await readFile(path, 'utf8')));
    if (!manifest.success) return refuse(response, 400, 'MANIFEST_INVALID');
    for (const { digest } of [manifest.data.config, ...manifest.data.layers])
      if (!(await this.find(repository, digest))) return refuse(response, 400, 'MANIFEST_BLOB_UNKNOWN');
    const digest = `sha256:${await sha256OfFile(path)}`;
    if (reference.includes(':') && reference !== digest) return refuse(response, 400, 'DIGEST_INVALID');
    await rename(path, await this.#pathOf(repository, digest));
    this.#tags.set(`${repository}:${reference}`, digest);
    created(response, `/v2/${repository}/manifests/${digest}`, digest);
  }

  async #pathOf(repository: string, digest: string): Promise<string> {
    return this.#inside('repositories', encodeURIComponent(repository), digest.replace(':', '-'));
  }

  async #uploadOf(id: string): Promise<string> {
    return this.#inside('uploads', id.replace(/[^\w-]/g, '_'));
  }

  async #inside(...parts: string[]): Promise<string> {
    this.#directory ??= mkdtemp(join(tmpdir(), 'bootproof-releases-'));
    const path = join(await this.#directory, ...parts);
    await mkdir(join(path, '..'), { recursive: true });
    return path;
  }
}

function append(path: string, content: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<void> {
  return pipeline(content, createWriteStream(path, { flags: 'a' }));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function created(response: ServerResponse, location: string, digest: string): void {
  response.writeHead(201, { location, 'docker-content-digest': digest }).end();
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ errors: [{ code }] }));
}
