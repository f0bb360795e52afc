import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { Deadline } from '../../harness/device/deadline.ts';
import { BenchError } from '../../harness/errors/harness-error.ts';
import type { LabgridOptions } from './options.ts';

/** How often it is looked whether the place is still ours. */
const watchMs = 10_000;
/** What the client may say. */
const maxBytes = 1024 * 1024;

/** What a place consists of, by the resource's class. The values are the lab's: read with care. */
export type PlaceResources = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;

/**
 * One place of a labgrid coordinator, for as long as this process needs it. labgrid knows no end of a lease: what a killed owner left taken is
 * given back by its next owner on this host, who holds the place's own lock by then, and knows it by the mark: a place without it was
 * taken by a person.
 */
export class LabgridLease {
  #place: string | undefined;
  #token: string | undefined;
  #resources: PlaceResources = {};
  #lost: BenchError | undefined;
  #watch: NodeJS.Timeout | undefined;

  constructor(
    readonly bench: string,
    private readonly options: Pick<LabgridOptions, 'client' | 'coordinator' | 'place' | 'tags'>,
    /** File that says that a place is held by this program. */
    private readonly markPath: string,
  ) {}

  /** @throws BenchError `place-busy` with its owner, `labgrid-failed`. */
  async acquire(deadline: Deadline): Promise<void> {
    try {
      if (this.options.place === undefined) await this.#giveBackLeft(deadline);
      await this.#take(this.options.place ?? (await this.#reserve(deadline)), deadline);
    } catch (error) {
      // Else the whole lab would do without it until the next run here.
      await this.release(new Deadline(`the release of ${this.bench}`, 20_000)).catch(() => undefined);
      throw error;
    }
  }

  async #take(place: string, deadline: Deadline): Promise<void> {
    const taken = await this.#try(place, ['acquire'], deadline);
    if (taken.exitCode !== 0) {
      // By this user on this host, whose bench lock is ours now: left over by an owner that was killed.
      if (!/you have already acquired/i.test(taken.said) || !existsSync(this.markPath))
        throw this.#failed(taken.said, place);
      await this.run(place, ['release'], deadline);
      await this.run(place, ['acquire'], deadline);
    }
    this.#place = place;
    this.#lost = undefined;
    await writeFile(this.markPath, `${place}\n`);
    this.#resources = resourcesOf(await this.run(place, ['env'], deadline));
    this.#watch = setInterval(() => void this.#look().catch(() => undefined), watchMs).unref();
  }

  /** Of the place that is held. @throws BenchError `lease-lost`, `labgrid-resource-missing`. */
  resource(...classes: string[]): Readonly<Record<string, unknown>> {
    this.check();
    const found = classes.map((name) => this.#resources[name]).find((one) => one !== undefined);
    if (found) return found;
    throw new BenchError(`No ${classes.join(' or ')} at place ${this.place}: ${this.bench}`, {
      code: 'labgrid-resource-missing',
      hint: `it has ${Object.keys(this.#resources).join(', ') || 'nothing'}: is its exporter running?`,
    });
  }

  get place(): string {
    return this.#place ?? this.options.place ?? 'none';
  }

  /** @throws BenchError `lease-lost` when somebody took the place away meanwhile. */
  check(): void {
    if (this.#lost) throw this.#lost;
  }

  /** A command for the place that is held. */
  async command(argv: readonly string[], deadline: Deadline): Promise<string> {
    this.check();
    const { exitCode, said } = await this.#try(this.place, argv, deadline);
    if (exitCode === 0) return said;
    if (/not acquired|acquired by/i.test(said)) throw (this.#lost ??= this.#leaseLost(said));
    throw this.#failed(said, this.place);
  }

  /** Safe to call twice. */
  async release(deadline: Deadline): Promise<void> {
    clearInterval(this.#watch);
    const place = this.#place;
    this.#place = undefined;
    const token = this.#token;
    this.#token = undefined;
    try {
      if (place !== undefined && !this.#lost) await this.run(place, ['release'], deadline);
      if (place !== undefined) await rm(this.markPath, { force: true });
    } finally {
      if (token !== undefined) await this.#try(undefined, ['cancel-reservation', token], deadline);
    }
  }

  /** A killed owner's reservation holds its place still, and the next one would be for another: `+TOKEN` names what was its own alone. */
  async #giveBackLeft(deadline: Deadline): Promise<void> {
    const left = (await readFile(this.markPath, 'utf8').catch(() => '')).trim();
    if (!/^\+\w+$/.test(left)) return;
    await this.#try(left, ['release'], deadline);
    await this.#try(undefined, ['cancel-reservation', left.slice(1)], deadline);
    await rm(this.markPath, { force: true });
  }

  async run(place: string, argv: readonly string[], deadline: Deadline): Promise<string> {
    const { exitCode, said } = await this.#try(place, argv, deadline);
    if (exitCode !== 0) throw this.#failed(said, place);
    return said;
  }

  async #reserve(deadline: Deadline): Promise<string> {
    const filters = Object.entries(this.options.tags).map(([key, value]) => `${key}=${value}`);
    const { exitCode, said } = await this.#try(undefined, ['reserve', '--wait', '--shell', ...filters], deadline);
    const token = /LG_TOKEN=(\w+)/.exec(said)?.[1];
    if (exitCode !== 0 || token === undefined) throw this.#failed(said, filters.join(' '));
    this.#token = token;
    return `+${token}`;
  }

  async #look(): Promise<void> {
    const deadline = new Deadline(`the lease of ${this.bench}`, watchMs);
    const { exitCode, said } = await this.#try(this.place, ['env'], deadline);
    if (exitCode !== 0 && this.#place !== undefined && /not acquired|acquired by/i.test(said))
      this.#lost ??= this.#leaseLost(said);
  }

  async #try(
    place: string | undefined,
    argv: readonly string[],
    deadline: Deadline,
  ): Promise<{ exitCode: number | undefined; said: string }> {
    deadline.check();
    const { client, coordinator } = this.options;
    const words = [...(place === undefined ? [] : ['-p', place]), ...argv];
    const { exitCode, code, stdout, stderr } = await deadline.race(
      execa(client, words, {
        reject: false,
        stdin: 'ignore',
        env: { LG_COORDINATOR: coordinator },
        cancelSignal: deadline.signal,
        maxBuffer: maxBytes,
      }),
    );
    if (code === 'ENOENT')
      throw new BenchError(`No such program: ${client}`, {
        code: 'labgrid-missing',
        hint: 'labgrid is a Python package; `client` may name the program of its environment',
      });
    return { exitCode, said: exitCode === 0 ? stdout : `${stdout}\n${stderr}`.trim() };
  }

  #leaseLost(said: string): BenchError {
    return new BenchError(`Lease lost, ${lastLine(said)}: place ${this.place} of ${this.bench}`, {
      code: 'lease-lost',
      hint: 'somebody released the place, or the coordinator forgot it',
    });
  }

  #failed(said: string, place: string): BenchError {
    const isBusy = /already acquired|is acquired by/i.test(said);
    return new BenchError(`${lastLine(said)}: place ${place} of ${this.bench}`, {
      code: isBusy ? 'place-busy' : 'labgrid-failed',
      hint: isBusy ? 'wait for its owner' : `is the coordinator at ${this.options.coordinator}?`,
      details: { said: said.slice(-1000) },
    });
  }
}

function lastLine(said: string): string {
  return (said.trim().split('\n').at(-1) ?? '').replace(/^labgrid-client: (Error: )?/, '').slice(0, 200);
}

/** `labgrid-client env`: targets, each with a list of resources by class. */
function resourcesOf(text: string): PlaceResources {
  const value = parse(text) as { targets?: Record<string, { resources?: unknown }> } | null;
  const list = Object.values(value?.targets ?? {}).flatMap(({ resources }) =>
    Array.isArray(resources) ? resources : [],
  );
  return Object.assign({}, ...list.filter((one) => typeof one === 'object' && one !== null)) as PlaceResources;
}
