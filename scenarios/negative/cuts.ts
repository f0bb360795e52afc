import { expect, powerCut, scenario } from '../../harness/index.ts';

const needs = ['power.cut'] as const;

scenario(
  {
    id: 'negative/cut-without-effect',
    title: 'a cut that did not cut is caught, and is no evidence about the device',
    requirements: ['QUAL-001'],
    needs,
    adapter: 'cut-without-effect',
    negative: { verdict: 'broken', codes: ['cut-not-proven'] },
  },
  async ({ device, images }) => {
    expect(await device.update(images.v2, { fault: powerCut({ at: 'pull', form: 'live' }) })).to.end('old');
  },
);

scenario(
  {
    id: 'negative/cut-without-effect/twin',
    title: 'the same cut by an adapter that cuts leaves the old system, whole',
    requirements: ['QUAL-001'],
    needs,
  },
  async ({ device, images }) => {
    expect(await device.update(images.v2, { fault: powerCut({ at: 'pull', form: 'live' }) })).to.end('old');
  },
);

scenario(
  {
    id: 'negative/never-syncs',
    title: 'a client that makes nothing durable is caught by a cut before the last unmount',
    requirements: ['QUAL-001'],
    needs: ['power.cut', 'disk.record'],
    start: ['v1-never-syncs'],
    negative: { verdict: 'failed', codes: ['entry-unresolved', 'picked-entry-lost-after-replay'] },
  },
  async ({ device, images }) => {
    const fault = powerCut({ at: 'boot-swap', aim: 'before-commit' });
    expect(await device.update(images.v2, { fault })).to.end('old or new');
  },
);

scenario(
  {
    id: 'negative/never-syncs/twin',
    title: 'the same cut of a client that syncs boots the old or the new system, whole',
    requirements: ['QUAL-001'],
    needs: ['power.cut', 'disk.record'],
  },
  async ({ device, images }) => {
    const fault = powerCut({ at: 'boot-swap', aim: 'before-commit' });
    expect(await device.update(images.v2, { fault })).to.end('old');
  },
);
