import { clientKill, expect, powerCut, reset, scenario } from '../harness/index.ts';

const recovers = ['UPD-INT-001', 'UPD-INT-002', 'UPD-004'];

for (const phase of ['pull', 'stage', 'finalize', 'reboot'] as const) {
  scenario(
    {
      id: `interrupted/cut/${phase}`,
      title: `an update whose power is cut in ${phase} boots the old or the new system, whole`,
      requirements: recovers,
      needs: ['power.cut', 'disk.record'],
    },
    async ({ device, images }) => {
      expect(await device.update(images.v2, { fault: powerCut({ at: phase }) })).to.end('old or new');
    },
  );
}

// At the swap and in the first boot the recovery is shown as well: these are where updates were lost.
for (const phase of ['boot-swap', 'first-boot', 'boot-complete'] as const) {
  scenario(
    {
      id: `interrupted/cut/${phase}`,
      title: `an update whose power is cut in ${phase} boots a whole system, and recovers`,
      requirements: recovers,
      needs: ['power.cut', 'disk.record'],
    },
    async ({ device, images }) => {
      expect(await device.update(images.v2, { fault: powerCut({ at: phase }) })).to.end('old or new');
      await device.checkRecovery(images.v2);
    },
  );
}

scenario(
  {
    id: 'interrupted/cut/boot-swap/same-kernel',
    title: 'a cut where only the sub-bootlink is swapped boots a whole system',
    requirements: recovers,
    needs: ['power.cut', 'disk.record'],
    start: ['v1', 'v2'],
  },
  async ({ device, images }) => {
    expect(await device.update(images.v2b, { fault: powerCut({ at: 'boot-swap' }) })).to.end('old or new');
  },
);

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

for (const phase of ['pull', 'stage'] as const) {
  scenario(
    {
      id: `interrupted/kill/${phase}`,
      title: `an update client killed in ${phase} leaves the old system, and the update can be made again`,
      requirements: recovers,
    },
    async ({ device, images }) => {
      expect(await device.update(images.v2, { fault: clientKill({ at: phase }) })).to.end('old');
      expect(await device.update(images.v2)).to.end('new');
    },
  );
}

for (const phase of ['pull', 'stage', 'finalize'] as const) {
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
