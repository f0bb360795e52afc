import { expect, networkDown, scenario } from '../harness/index.ts';

scenario(
  {
    id: 'rollback/asked-for',
    title: 'a rollback boots the system before, with its own /etc',
    requirements: ['UPD-RB-001', 'UPD-004'],
  },
  async ({ device, images }) => {
    expect(await device.update(images.v2)).to.end('new');
    expect(await device.rollback()).to.end('new');
  },
);

scenario(
  {
    id: 'rollback/automatic-panic',
    title: 'a new system whose kernel panics is rolled back by boot counting',
    requirements: ['UPD-RB-002', 'UPD-004'],
  },
  async ({ device, images }) => {
    expect(await device.update(images.v4)).to.end('old');
  },
);

scenario(
  {
    id: 'rollback/automatic-unhealthy',
    title: 'a new system that never gets healthy is rolled back by boot counting',
    requirements: ['UPD-RB-002', 'UPD-004'],
  },
  async ({ device, images }) => {
    expect(await device.update(images.v3)).to.end('old');
  },
);

scenario(
  {
    id: 'rollback/without-network',
    title: 'a rollback needs no network and downloads nothing',
    requirements: ['UPD-RB-001', 'UPD-RB-003'],
    needs: ['network.cut'],
    start: ['v1', 'v2'],
  },
  async ({ device }) => {
    const back = await device.rollback({ fault: networkDown() });
    expect(back).to.end('new');
    expect(back.served.requests, 'requests to the repository').to.equal(0);
  },
);

scenario(
  {
    id: 'rollback/pinned',
    title: 'a pinned system outlives two updates, and boots',
    requirements: ['UPD-RB-001', 'UPD-RB-004'],
    uses: ['v2b'],
  },
  async ({ device, images }) => {
    expect((await device.run('ostree', 'admin', 'pin', '0')).exitCode).to.equal(0);
    expect(await device.update(images.v2)).to.end('new');
    const second = await device.update(images.v2b);
    expect(second).to.end('new');
    const kept = second.transition.after.deployments.map(
      ({ version, pinned }) => `${version}${pinned ? ' pinned' : ''}`,
    );
    // v2b is a rebuild under the version of v2.
    expect(kept).to.deep.equal(['v2', 'v2', 'v1 pinned']);
    expect(await device.rollback({ to: images.v1 })).to.end('new');
  },
);
