import { DeadlineError } from '../../harness/errors/harness-error.ts';
import { leavingChecks, takingChecks } from './bench-checks.ts';
import { ContractRun, type Adapts, type ContractBench, type ContractCheck } from './contract-run.ts';
import { firstBootChecks, runningChecks } from './power-checks.ts';
import { shellChecks } from './shell-checks.ts';

/** What every adapter must do, in the order in which one bench goes through it: four boots. */
export const contractChecks: readonly ContractCheck[] = [
  ...takingChecks,
  ...firstBootChecks,
  ...shellChecks,
  ...runningChecks,
  ...leavingChecks,
];

export interface ContractOutcome {
  readonly check: string;
  /** `not-run`: an earlier check failed, so this one would say nothing. */
  readonly status: 'passed' | 'failed' | 'not-applicable' | 'not-run';
  readonly reason: string;
}

/** Goes through the contract one check at a time. */
class Contract {
  #run: ContractRun | undefined;
  #failed: string | undefined;

  constructor(
    private readonly make: () => Promise<ContractBench>,
    private readonly adapts: Adapts,
  ) {}

  async step({ name, needs = [], check }: ContractCheck): Promise<ContractOutcome & { error?: unknown }> {
    if (this.#failed !== undefined) return { check: name, status: 'not-run', reason: `failed before: ${this.#failed}` };
    try {
      this.#run ??= new ContractRun(await this.make(), this.adapts);
      const { capabilities } = this.#run.target;
      const missing = needs.filter((capability) => !capabilities.has(capability));
      if (missing.length > 0)
        return { check: name, status: 'not-applicable', reason: `the bench has no ${missing.join(', ')}` };
      await check(this.#run);
      return { check: name, status: 'passed', reason: '' };
    } catch (error) {
      this.#failed = name;
      return { check: name, status: 'failed', reason: this.#reason(error), error };
    }
  }

  async end(): Promise<void> {
    await this.#run?.end();
  }

  /** What timed out is told apart by where the device was. */
  #reason(error: unknown): string {
    const message = error instanceof Error ? error.message : String(error);
    const last = error instanceof DeadlineError && this.#run?.lastLine;
    return last ? `${message}; the console ended with ${JSON.stringify(last)}` : message;
  }
}

/** The whole contract without mocha: for adapters that are expected to fail. */
export async function runContract(make: () => Promise<ContractBench>, adapts: Adapts): Promise<ContractOutcome[]> {
  const contract = new Contract(make, adapts);
  const outcomes: ContractOutcome[] = [];
  try {
    for (const check of contractChecks) {
      const { check: name, status, reason } = await contract.step(check);
      outcomes.push({ check: name, status, reason });
    }
  } finally {
    await contract.end();
  }
  return outcomes;
}

/** The contract as a mocha suite, one test a check. */
export function targetContract(
  name: string,
  make: () => Promise<ContractBench>,
  { adapts }: { readonly adapts: Adapts },
): void {
  describe(`target contract: ${name}`, function () {
    // A backstop: every call to the adapter has its own deadline.
    this.timeout(5 * (adapts.bootMs + adapts.commandMs + adapts.slackMs));
    const contract = new Contract(make, adapts);
    for (const check of contractChecks)
      it(check.name, async function () {
        const { status, reason, error } = await contract.step(check);
        if (status === 'not-applicable') {
          this.test!.title += ` (not applicable: ${reason})`;
          this.skip();
        }
        if (status === 'failed') throw new Error(reason, { cause: error });
        if (status === 'not-run') throw new Error(`Not run, ${reason}`);
      });
    after(() => contract.end());
  });
}
