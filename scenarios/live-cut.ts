import { expect, powerCut, scenario } from '../harness/index.ts';

// The power of the running device is taken away, and what is lost is the bench's own: on a board the real thing.
for (const phase of ['pull', 'stage', 'finalize', 'reboot', 'first-boot'] as const) {
  scenario(
    {
      id: `interrupted/live/${phase}`,
      title: `an update whose power is cut live in ${phase} boots the old or the new system, whole`,
      requirements: ['UPD-INT-001', 'UPD-INT-002', 'UPD-004'],
      needs: ['power.cut', 'disk.offline'],
    },
    async ({ device, images }) => {
      expect(await device.update(images.v2, { fault: powerCut({ at: phase, form: 'live' }) })).to.end('old or new');
    },
  );
}
