import { createHash } from 'node:crypto';
import { mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { BenchError } from '../../harness/errors/harness-error.ts';
import { startTicks } from './process-start.ts';

/** Who holds the bench, for a person to read: the lock itself is a socket of the kernel's. */
export interface BenchOwner {
  readonly pid: number;
  /** Start of the process in clock ticks since the host's boot, to tell it from a later one with the same pid. */
  readonly startTicks: number | undefined;
  readonly since: string;
  /** Who runs what, and why: `anna: nightly`. */
  readonly use?: string;
  readonly qemu?: { readonly pid: number; readonly startTicks: number | undefined };
}

/**
 * Takes a bench for this process. The lock is an abstract unix socket named after the state directory: taking it is atomic, and the kernel
 * frees it with its owner, so there is no stale lock to take over and no race in doing so.
 */
export class BenchLock {
  readonly #server: Server;
  readonly #path: string;
  #owner: BenchOwner;

  private constructor(server: Server, path: string, owner: BenchOwner) {
    this.#server = server;
    this.#path = path;
    this.#owner = owner;
  }

  /** Makes `stateDir` when it is not there. @throws BenchError `bench-busy` naming the owner. */
  static async take(stateDir: string, bench: string, use?: string): Promise<BenchLock> {
    await mkdir(stateDir, { recursive: true });
    const path = ownerPath(stateDir);
    const server = await listen(`\0bootproof-${digest(await realpath(stateDir))}`);
    if (!server) throw busy(bench, await readOwner(stateDir));
    const since = new Date().toISOString();
    const owner = { pid: process.pid, startTicks: await startTicks(process.pid), since, ...(use ? { use } : {}) };
    const lock = new BenchLock(server, path, owner);
    await lock.#write();
    return lock;
  }

  async noteQemu(pid: number): Promise<void> {
    this.#owner = { ...this.#owner, qemu: { pid, startTicks: await startTicks(pid) } };
    await this.#write();
  }

  async free(): Promise<void> {
    await rm(this.#path, { force: true });
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #write(): Promise<void> {
    await writeFile(`${this.#path}.new`, `${JSON.stringify(this.#owner)}\n`);
    await rename(`${this.#path}.new`, this.#path);
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

async function listen(address: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy());
  server.unref();
  return await new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(address, () => resolve(server));
  });
}

function ownerPath(stateDir: string): string {
  return join(stateDir, 'owner.json');
}

/** What the last owner left, who may be gone: hold pid and start against the process. */
async function readOwner(stateDir: string): Promise<Partial<BenchOwner>> {
  try {
    const value: unknown = JSON.parse(await readFile(ownerPath(stateDir), 'utf8'));
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {}; // it is being taken in this moment
  }
}

/** undefined: nobody holds it. */
export async function currentOwner(stateDir: string): Promise<Partial<BenchOwner> | undefined> {
  const owner = await readOwner(stateDir);
  const { pid, startTicks: started } = owner;
  // A number that is another process's by now is no owner.
  if (pid === undefined || started === undefined || (await startTicks(pid)) !== started) return undefined;
  return owner;
}

function busy(bench: string, owner: Partial<BenchOwner>): BenchError {
  const what = owner.use === undefined ? '' : ` (${owner.use})`;
  const who = owner.pid === undefined ? 'another process' : `process ${owner.pid} since ${owner.since}${what}`;
  return new BenchError(`In use by ${who}: bench ${bench}`, {
    code: 'bench-busy',
    hint: 'wait for it to end, give this run a bench of its own, or take it away by --steal "why"',
    details: { owner },
  });
}
