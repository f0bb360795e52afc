import { randomUUID } from 'node:crypto';
import type { CutReceipt } from '../../harness/device/power.ts';
import type { ProvisionRequest, Target } from '../../harness/device/target.ts';
import { withPower, withShell, withTarget } from './delegate.ts';
import type { Liar } from './lying.ts';

const receiptCheck = 'gives a receipt for a cut, with its proof';
const resetCheck = 'resets: a new boot, by boot id and by console';

/** As good as a real one to look at. */
const forged = (kind: CutReceipt['kind']): CutReceipt => ({
  kind,
  lossModel: 'memory',
  at: new Date().toISOString(),
  proof: ['relay opened'],
  latencyMs: 12,
});

/** The receipt of a cut that took place, told otherwise. */
const retold = (change: Partial<CutReceipt>) => (target: Target) =>
  withPower(target, (power) => ({ cut: async (deadline) => ({ ...(await power.cut(deadline)), ...change }) }));

export const cutWithoutEffect: Liar['lie'] = (target) =>
  withPower(target, () => ({ cut: () => Promise.resolve(forged('cut')) }));

export const lyingPower: readonly Liar[] = [
  {
    name: 'power that never comes on',
    lie: (target) => withPower(target, () => ({ on: () => Promise.resolve() })),
    caughtBy: 'gives console bytes from power-on',
    reason: /^Not on after power-on$/,
  },
  {
    name: 'power that does not go off',
    lie: (target) => withPower(target, () => ({ off: () => Promise.resolve() })),
    caughtBy: 'switches off and on again',
    reason: /^Not off after power-off$/,
  },
  {
    name: 'a reset that does nothing',
    lie: (target) => withPower(target, () => ({ reset: () => Promise.resolve(forged('reset')) })),
    caughtBy: resetCheck,
    reason: /^Same boot id after a reset/,
  },
  {
    name: 'a reset that does nothing, behind a boot id that changes',
    lie: (target) =>
      withShell(
        withPower(target, () => ({ reset: () => Promise.resolve(forged('reset')) })),
        (shell) => {
          const invented = Buffer.from(`${randomUUID()}\n`);
          return {
            run: async (argv, options) => {
              const result = await shell.run(argv, options);
              return argv.some((word) => word.endsWith('/boot_id')) ? { ...result, stdout: invented } : result;
            },
          };
        },
      ),
    caughtBy: resetCheck,
    reason: /^Console shows 0 boots after a reset, not one$/,
  },
  {
    name: 'a receipt of a reset without proof',
    lie: (target) =>
      withPower(target, (power) => ({ reset: async (deadline) => ({ ...(await power.reset(deadline)), proof: [] }) })),
    caughtBy: resetCheck,
    reason: /^A receipt without proof: reset$/,
  },
  {
    name: 'a receipt of a cut without proof',
    lie: retold({ proof: [] }),
    caughtBy: receiptCheck,
    reason: /^A receipt without proof: cut$/,
  },
  {
    name: 'a receipt whose proof is blank',
    lie: retold({ proof: ['power off', ' '] }),
    caughtBy: receiptCheck,
    reason: /^A receipt without proof: cut$/,
  },
  {
    name: 'a receipt without latency',
    lie: retold({ latencyMs: Number.NaN }),
    caughtBy: receiptCheck,
    reason: /^A receipt without latency/,
  },
  {
    name: 'a receipt that claims a greater loss than the bench can make',
    lie: retold({ lossModel: 'real' }),
    caughtBy: receiptCheck,
    reason: /^A receipt claims real/,
  },
  {
    name: 'a receipt of last year',
    lie: retold({ at: '2020-01-01T00:00:00.000Z' }),
    caughtBy: receiptCheck,
    reason: /^A receipt of another time/,
  },
  {
    name: 'power that was not cut',
    lie: cutWithoutEffect,
    caughtBy: 'is off after a cut',
    reason: /^Power sensed on after a cut$/,
  },
  {
    name: 'power that was not cut, and a sensor that says it was',
    lie: (target) => {
      let told: 'off' | undefined;
      return withPower(target, (power) => ({
        cut: () => {
          told = 'off';
          return Promise.resolve(forged('cut'));
        },
        sense: async () => told ?? (await power.sense()),
      }));
    },
    caughtBy: 'ends what was running at a cut, without an exit status',
    reason: /^A command in flight at a cut did not lose its connection$/,
  },
  {
    name: 'power that comes back to another disk than the one that was cut',
    lie: (target) => {
      let request: ProvisionRequest | undefined;
      let cut = false;
      const swapped = withPower(target, (power) => ({
        cut: (deadline) => {
          cut = true;
          return power.cut(deadline);
        },
        on: async (deadline) => {
          if (cut && request) await target.provision(request, deadline);
          await power.on(deadline);
        },
      }));
      return withTarget(swapped, {
        provision: (given, deadline) => {
          request = given;
          return target.provision(given, deadline);
        },
      });
    },
    caughtBy: 'starts anew after a cut, with what was synced before it',
    reason: /^A file that was synced before the cut is gone$/,
  },
];
