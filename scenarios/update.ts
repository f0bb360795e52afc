import { expect, scenario } from '../harness/index.ts';

scenario(
  {
    id: 'update/switch',
    title: 'a switch to another reference ends in its system',
    requirements: ['UPD-001', 'UPD-004'],
  },
  async ({ device, images }) => {
    expect(await device.switch(images.v2)).to.end('new');
  },
);

scenario(
  {
    id: 'update/update',
    title: 'an update ends in the new system, with local changes in /etc kept',
    requirements: ['UPD-001', 'UPD-003', 'UPD-004'],
  },
  async ({ device, images }) => {
    await device.writeFile('/etc/local.conf', 'set on this device\n');
    expect(await device.update(images.v2)).to.end('new');
  },
);

scenario(
  {
    id: 'update/same-kernel',
    title: 'an update that changes /usr alone ends in the new system',
    requirements: ['UPD-001'],
    start: ['v2'],
  },
  async ({ device, images }) => {
    expect(await device.update(images.v2b)).to.end('new');
  },
);

scenario(
  { id: 'update/nothing-to-do', title: 'an update to what runs already changes nothing', requirements: ['UPD-002'] },
  async ({ device, images }) => {
    expect(await device.update(images.v1)).to.end('old');
  },
);

scenario(
  {
    id: 'update/staged-only',
    title: 'a staged update leaves the running system as it is',
    requirements: ['UPD-002'],
  },
  async ({ device, images }) => {
    expect(await device.update(images.v2, { stageOnly: true })).to.end('old');
  },
);

scenario(
  {
    id: 'update/kernel-argument',
    title: 'a kernel argument set with one deployment survives the next update',
    requirements: ['UPD-005'],
    client: 'ostree',
    start: ['v2'],
  },
  async ({ device, images }) => {
    expect(await device.update(images.v2b, { kargs: ['bootproof.local=1'] })).to.end('new');
    expect(await device.update(images.v2)).to.end('new');
  },
);

scenario(
  {
    id: 'update/static-delta',
    title: 'an update by a static delta downloads the delta and no object of its own',
    requirements: ['UPD-001', 'UPD-009'],
    client: 'ostree',
    start: ['v2'],
    uses: ['v2-delta'],
  },
  async ({ device, images }) => {
    const update = await device.update(images['v2-delta']!);
    expect(update).to.end('new');
    expect(update.served.deltaFiles, 'files of the delta').to.be.above(0);
    expect(update.served.objects, 'objects').to.equal(0);
  },
);
