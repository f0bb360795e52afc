import { expect, scenario } from '../harness/index.ts';

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
