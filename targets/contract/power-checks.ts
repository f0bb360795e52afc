import { randomBytes } from 'node:crypto';
import type { CutReceipt, LossModel } from '../../harness/device/power.ts';
import type { ShellResult } from '../../harness/device/shell.ts';
import { BenchError } from '../../harness/errors/harness-error.ts';
import { must, type ContractCheck, type ContractRun } from './contract-run.ts';
import { contractScripts } from './shell-checks.ts';

const kept = { path: '/var/tmp/bootproof-contract', content: randomBytes(8).toString('hex') };
/** What was running when the power went, for the check that looks at it. */
const inFlight = new WeakMap<ContractRun, Promise<ShellResult | unknown>>();

export const firstBootChecks: readonly ContractCheck[] = [
  {
    name: 'gives console bytes from power-on',
    needs: ['console'],
    async check(run) {
      must(run.consoleText === '', 'Console bytes before power-on');
      await run.short('power on', (deadline) => run.target.power.on(deadline));
      must((await run.target.power.sense()) === 'on', 'Not on after power-on');
      await run.eventually(() => run.consoleText !== '', run.adapts.bootMs);
      must(run.consoleText !== '', 'No console byte after power-on');
    },
  },
];

export const runningChecks: readonly ContractCheck[] = [
  {
    name: 'refuses to open the disk of a running device',
    needs: ['disk.offline'],
    async check(run) {
      const opened = run.short('open the disk', () => run.target.openDisk());
      const code = await run.refusal('the disk of a running device', opened);
      must(code === 'device-running', `The disk of a running device was refused with ${code}, not device-running`);
    },
  },
  {
    name: 'resets: a new boot, by boot id and by console',
    needs: ['power.reset', 'shell'],
    async check(run) {
      const boots = run.consoleBoots;
      checkReceipt(run, 'reset', await run.short('reset', (deadline) => run.target.power.reset(deadline)));
      await run.connectToNewBoot('a reset', boots);
    },
  },
  {
    name: 'switches off and on again',
    async check(run) {
      const { power } = run.target;
      const boots = run.consoleBoots;
      await run.short('power off', (deadline) => power.off(deadline));
      must((await power.sense()) === 'off', 'Not off after power-off');
      if (run.target.capabilities.has('disk.offline')) await readDisk(run);
      await run.short('power on', (deadline) => power.on(deadline));
      await run.connectToNewBoot('power off and on', boots);
    },
  },
  {
    name: 'gives a receipt for a cut, with its proof',
    needs: ['power.cut'],
    async check(run) {
      must((await run.script(contractScripts.writeDurably, kept.content, kept.path)).exitCode === 0, 'No file written');
      const sleeping = run.call('a command during a cut', run.adapts.commandMs, (deadline) =>
        run.shell.run(['sleep', '3600'], { deadline }),
      );
      inFlight.set(
        run,
        sleeping.catch((error: unknown) => error),
      );
      checkReceipt(run, 'cut', await run.short('cut', (deadline) => run.target.power.cut(deadline)));
    },
  },
  {
    name: 'is off after a cut',
    needs: ['power.cut'],
    async check(run) {
      const sensed = await run.target.power.sense();
      must(sensed === 'off', `Power sensed ${sensed} after a cut`);
    },
  },
  {
    name: 'ends what was running at a cut, without an exit status',
    needs: ['power.cut', 'shell'],
    async check(run) {
      must(lost(await inFlight.get(run)), 'A command in flight at a cut did not lose its connection');
      const after = await run.run(['true']).catch((error: unknown) => error);
      must(lost(after), 'A command ran after the power was cut');
    },
  },
  {
    name: 'starts anew after a cut, with what was synced before it',
    needs: ['power.cut', 'shell'],
    async check(run) {
      const boots = run.consoleBoots;
      await run.short('power on', (deadline) => run.target.power.on(deadline));
      await run.connectToNewBoot('a cut', boots);
      const { stdout } = await run.run(['cat', kept.path]);
      must(stdout.toString() === kept.content, 'A file that was synced before the cut is gone');
    },
  },
];

/** No exit status came, by result or by error. */
function lost(outcome: unknown): boolean {
  if (outcome instanceof BenchError) return outcome.code === 'connection-lost';
  return typeof outcome === 'object' && outcome !== null && 'exitCode' in outcome && outcome.exitCode === null;
}

/** What a receipt may claim: the bench's own loss model, or that less was lost. */
const claims: Record<'memory' | 'memory+cache' | 'real', readonly LossModel[]> = {
  memory: ['memory'],
  'memory+cache': ['memory', 'memory+cache', 'torn'],
  real: ['real'],
};

function checkReceipt({ target }: ContractRun, kind: CutReceipt['kind'], receipt: CutReceipt): void {
  must(receipt.kind === kind, `A receipt of kind ${receipt.kind} for a ${kind}`);
  must(
    receipt.proof.length > 0 && receipt.proof.every((fact) => fact.trim() !== ''),
    `A receipt without proof: ${kind}`,
  );
  must(Number.isFinite(receipt.latencyMs) && receipt.latencyMs >= 0, `A receipt without latency: ${receipt.latencyMs}`);
  must(Math.abs(Date.parse(receipt.at) - Date.now()) < 60_000, `A receipt of another time: ${receipt.at}`);
  const allowed = kind === 'reset' ? (['memory'] as const) : claims[target.lossModel];
  must(
    (allowed as readonly LossModel[]).includes(receipt.lossModel),
    `A receipt claims ${receipt.lossModel}, the bench loses ${target.lossModel} at a cut and memory at a reset`,
  );
}

async function readDisk(run: ContractRun): Promise<void> {
  const disk = await run.short('open the disk', () => run.target.openDisk());
  must(disk.sizeBytes > 0, 'The disk has no size');
  must(disk.read(0, 512).length === 512, 'The first sector of the disk cannot be read');
  disk.close();
}
