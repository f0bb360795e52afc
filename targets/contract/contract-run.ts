import { BootTracker } from '../../harness/console/boot-tracker.ts';
import { LineSplitter } from '../../harness/console/console-line.ts';
import type { Capability } from '../../harness/device/capability.ts';
import { Deadline } from '../../harness/device/deadline.ts';
import type { Shell, ShellResult } from '../../harness/device/shell.ts';
import type { ProvisionRequest, Target } from '../../harness/device/target.ts';
import { HarnessError } from '../../harness/errors/harness-error.ts';

/** A bench to try an adapter on, made afresh for each run of the contract. */
export interface ContractBench {
  readonly target: Target;
  /** An image that boots to a login, with an identity of its own and what makes the disk carry it. */
  readonly request: ProvisionRequest;
  /** The same bench as another owner would take it. */
  readonly rival: () => Target;
  /** A bench whose device never boots (a disk of zeros): what the adapter does then. */
  readonly dead: () => { readonly target: Target; readonly request: ProvisionRequest };
}

/** How the contract adapts to a kind of bench: how long things take there. */
export interface Adapts {
  /** Power-on to login, at most. */
  readonly bootMs: number;
  /** A short command, a console line, a power switch, at most. */
  readonly commandMs: number;
  /** Over a deadline, before a call counts as hung. */
  readonly slackMs: number;
}

export interface ContractCheck {
  /** Completes "an adapter ...". */
  readonly name: string;
  readonly needs?: readonly Capability[];
  /** @throws ContractViolation, or whatever the adapter threw. */
  check(run: ContractRun): Promise<void>;
}

/** The adapter broke its contract: what was seen, reason first. */
class ContractViolation extends Error {
  override readonly name = 'ContractViolation';
}

export function must(condition: boolean, violation: string): asserts condition {
  if (!condition) throw new ContractViolation(violation);
}

/** One adapter on its way through the checks, which build on each other: a boot is dear. */
export class ContractRun {
  readonly target: Target;
  readonly #splitter = new LineSplitter();
  readonly #tracker = new BootTracker();
  readonly #bootIds = new Set<string>();
  readonly #stop: () => void;
  #console: Buffer[] = [];
  #shell: Shell | undefined;

  constructor(
    readonly bench: ContractBench,
    readonly adapts: Adapts,
  ) {
    this.target = bench.target;
    let offset = 0;
    this.#stop = this.target.console.onData((chunk) => {
      this.#console.push(Buffer.from(chunk));
      for (const line of this.#splitter.push(chunk, offset)) this.#tracker.push(line);
      offset += chunk.length;
    });
  }

  /** All that came over the console so far, latin1. */
  get consoleText(): string {
    this.#console = [Buffer.concat(this.#console)];
    return this.#console[0]?.toString('latin1') ?? '';
  }

  get lastLine(): string {
    const lines = this.consoleText.slice(-2000).split(/[\r\n]+/);
    return lines.findLast((line) => line.trim() !== '')?.slice(-200) ?? '';
  }

  /** Boots that the console has shown so far. */
  get consoleBoots(): number {
    return this.#tracker.boots.length;
  }

  get shell(): Shell {
    must(this.#shell !== undefined, 'No shell: an earlier check did not connect');
    return this.#shell;
  }

  /** Calls the adapter with a deadline, and does not let it hang. @throws ContractViolation when it does. */
  async call<T>(what: string, budgetMs: number, work: (deadline: Deadline) => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const hung = new Promise<never>((_, reject) => {
      const violation = new ContractViolation(`Hung: ${what} did not end with its deadline of ${budgetMs} ms`);
      timer = setTimeout(() => reject(violation), budgetMs + this.adapts.slackMs);
    });
    try {
      return await Promise.race([work(new Deadline(what, budgetMs)), hung]);
    } finally {
      clearTimeout(timer);
    }
  }

  short<T>(what: string, work: (deadline: Deadline) => Promise<T>): Promise<T> {
    return this.call(what, this.adapts.commandMs, work);
  }

  async run(argv: readonly string[], stdin?: Buffer): Promise<ShellResult> {
    return await this.short(`run ${argv[0]}`, (deadline) =>
      this.shell.run(argv, { deadline, ...(stdin && { stdin }) }),
    );
  }

  async script(script: string, ...parameters: string[]): Promise<ShellResult> {
    return await this.short('script', (deadline) => this.shell.script(script, parameters, { deadline }));
  }

  async connect(): Promise<void> {
    this.#shell = await this.call('connect', this.adapts.bootMs, (deadline) => this.target.connect(deadline));
  }

  /** Connects; proves by boot id and by console that a boot has begun which was not there before. */
  async connectToNewBoot(after: string, bootsBefore: number): Promise<void> {
    await this.connect();
    const before = this.#bootIds.size;
    const id = await this.noteBootId();
    must(this.#bootIds.size > before, `Same boot id after ${after}: ${id}`);
    await this.eventually(() => this.consoleBoots > bootsBefore);
    must(
      this.consoleBoots === bootsBefore + 1,
      `Console shows ${this.consoleBoots - bootsBefore} boots after ${after}, not one`,
    );
  }

  async noteBootId(): Promise<string> {
    const { stdout } = await this.run(['cat', '/proc/sys/kernel/random/boot_id']);
    const id = stdout.toString().trim();
    must(/^[0-9a-f-]{36}$/.test(id), `No boot id: the device answered ${JSON.stringify(id.slice(0, 80))}`);
    this.#bootIds.add(id);
    return id;
  }

  /** Waits for what a console still has to deliver; the caller judges what came. */
  async eventually(condition: () => boolean, budgetMs = this.adapts.commandMs): Promise<void> {
    await new Deadline('the console', budgetMs).until(() => condition() || undefined, 10).catch(() => undefined);
  }

  /** The code of the HarnessError that `promise` rejects with. @throws ContractViolation when it does not. */
  async refusal(what: string, promise: Promise<unknown>): Promise<string> {
    const outcome = await promise.then(
      () => new ContractViolation(`Not refused: ${what}`),
      (error: unknown) => error,
    );
    if (outcome instanceof HarnessError) return outcome.code;
    throw outcome;
  }

  /** Leaves nothing behind, whatever the checks met. */
  async end(): Promise<void> {
    this.#stop();
    this.#shell?.close();
    await this.target.release({ keep: false }).catch(() => undefined);
  }
}
