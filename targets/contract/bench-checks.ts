import { BenchError, DeadlineError } from '../../harness/errors/harness-error.ts';
import { must, type ContractCheck } from './contract-run.ts';

/** Taking the bench, before anything else. */
export const takingChecks: readonly ContractCheck[] = [
  {
    name: 'is taken by one owner at a time',
    async check(run) {
      await run.short('acquire', (deadline) => run.target.acquire(deadline));
      const rival = run.bench.rival();
      const code = await run.refusal(
        'a second owner',
        run.short('acquire by a rival', (deadline) => rival.acquire(deadline)),
      );
      must(code === 'bench-busy', `A second owner was refused with ${code}, not bench-busy`);
    },
  },
  {
    name: 'is off after provisioning',
    async check(run) {
      const { target, bench, adapts } = run;
      await run.call('provision', adapts.bootMs, (deadline) => target.provision(bench.request, deadline));
      must((await target.power.sense()) === 'off', 'Not off after provisioning');
    },
  },
];

/** Giving it back, after all else. */
export const leavingChecks: readonly ContractCheck[] = [
  {
    name: 'keeps its deadline when the device never boots',
    async check(run) {
      const { target, request } = run.bench.dead();
      try {
        await run.short('acquire', (deadline) => target.acquire(deadline));
        await run.call('provision', run.adapts.bootMs, (deadline) => target.provision(request, deadline));
        await run.short('power on', (deadline) => target.power.on(deadline));
        const error = await run
          .short('connect to a device that never boots', (deadline) => target.connect(deadline))
          .then(
            () => undefined,
            (reason: unknown) => reason,
          );
        must(error !== undefined, 'Connected to a device that never boots');
        if (!(error instanceof DeadlineError)) throw error;
      } finally {
        await target.release({ keep: false });
      }
    },
  },
  {
    name: 'is released twice without harm, and free for others then',
    async check(run) {
      await run.short('release', () => run.target.release({ keep: false }));
      await run.short('release again', () => run.target.release({ keep: false }));
      const rival = run.bench.rival();
      try {
        await run.short('acquire by another owner', (deadline) => rival.acquire(deadline));
      } catch (error) {
        must(!(error instanceof BenchError && error.code === 'bench-busy'), 'Still taken after its release');
        throw error;
      } finally {
        await rival.release({ keep: false });
      }
    },
  },
];
