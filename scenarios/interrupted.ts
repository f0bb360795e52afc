import { clientKill, expect, powerCut, reset, scenario } from '../harness/index.ts';

const recovers = ['UPD-INT-001', 'UPD-INT-002', 'UPD-004'];

// ostree changes what is booted in two ways. It swaps the boot loader's entries whenever their kernels, arguments or number change: with a new
// kernel, which is copied to /boot first, and also when one deployment becomes two. Only where all that stays the same, from two
// deployments of one kernel to two of it, it swaps the sub-bootlink alone, and the entries stay as they are.
const paths = [
  { name: '', says: '', to: 'v2', start: ['v1'] },
  { name: 'two-deployments/', says: ', from two deployments,', to: 'v2', start: ['v4', 'v1'] },
  { name: 'same-kernel/', says: ', with the same kernel,', to: 'v2b', start: ['v2'] },
  {
    name: 'same-kernel/two-deployments/',
    says: ', by the sub-bootlink alone,',
    to: 'v2b',
    start: ['v3', 'v2'],
  },
] as const;
const phases = ['pull', 'stage', 'finalize', 'boot-swap', 'reboot', 'first-boot', 'boot-complete', 'cleanup'] as const;

// At the swap and in the first boot the recovery is shown as well: these are where updates were lost.
const lossy: readonly string[] = ['boot-swap', 'first-boot'];

for (const { name, says, to, start } of paths) {
  for (const phase of phases) {
    const isLossy = lossy.includes(phase);
    scenario(
      {
        id: `interrupted/cut/${name}${phase}`,
        title: `an update${says} whose power is cut in ${phase} boots the old or the new system, whole${isLossy ? ', and recovers' : ''}`,
        requirements: recovers,
        needs: ['power.cut', 'disk.record'],
        start,
      },
      async ({ device, images }) => {
        expect(await device.update(images[to], { fault: powerCut({ at: phase }) })).to.end('old or new');
        if (isLossy) await device.checkRecovery(images[to]);
      },
    );
  }
}

scenario(
  {
    id: 'interrupted/cut/rollback',
    title: 'a rollback whose power is cut boots one of the two systems, whole',
    requirements: recovers,
    needs: ['power.cut', 'disk.record'],
    start: ['v1', 'v2'],
  },
  async ({ device }) => {
    expect(await device.rollback({ fault: powerCut({ at: 'boot-swap' }) })).to.end('old or new');
  },
);

const kills = [
  { phase: 'pull', leaves: 'the old system', ends: 'old' },
  { phase: 'stage', leaves: 'the old system, or all of the new one', ends: 'old or new' },
  { phase: 'finalize', leaves: 'a whole system', ends: 'old or new' },
] as const;
for (const { phase, leaves, ends } of kills) {
  scenario(
    {
      id: `interrupted/kill/${phase}`,
      title: `an update client killed in ${phase} leaves ${leaves}, and the update can be made again`,
      requirements: recovers,
    },
    async ({ device, images }) => {
      expect(await device.update(images.v2, { fault: clientKill({ at: phase }) })).to.end(ends);
      expect(await device.update(images.v2)).to.end('new');
    },
  );
}

for (const phase of ['pull', 'stage', 'finalize', 'reboot', 'first-boot'] as const) {
  scenario(
    {
      id: `interrupted/reset/${phase}`,
      title: `an update reset in ${phase} boots the old or the new system, whole`,
      requirements: recovers,
      needs: ['power.reset'],
    },
    async ({ device, images }) => {
      expect(await device.update(images.v2, { fault: reset({ at: phase }) })).to.end('old or new');
    },
  );
}
