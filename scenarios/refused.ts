import { corruptObject, diskFull, expect, repositoryGone, scenario, wrongSignature } from '../harness/index.ts';

scenario(
  {
    id: 'refused/repository-gone',
    title:
      'a repository that goes away in the middle of a pull leaves the old system, and the update can be made again',
    requirements: ['UPD-PRE-001', 'UPD-INT-002'],
  },
  async ({ device, images }) => {
    expect(await device.update(images.v2, { fault: repositoryGone({ at: 'pull' }) })).to.end('old');
    expect(await device.update(images.v2)).to.end('new');
  },
);

scenario(
  {
    id: 'refused/corrupt-object',
    title: 'an object that is not what its name says is refused',
    requirements: ['UPD-SEC-001'],
  },
  async ({ device, images }) => {
    expect(await device.update(images.v2, { fault: corruptObject() })).to.end('old');
  },
);

scenario(
  {
    id: 'refused/wrong-signature',
    title: 'a commit with a wrong signature is refused',
    requirements: ['UPD-SEC-001'],
    client: 'ostree',
  },
  async ({ device, images }) => {
    expect(await device.update(images.v2, { fault: wrongSignature() })).to.end('old');
  },
);

for (const phase of ['pull', 'finalize'] as const) {
  scenario(
    {
      id: `refused/disk-full/${phase}`,
      title: `a disk that is full in ${phase} leaves the old system, and says so`,
      requirements: ['UPD-PRE-001'],
    },
    async ({ device, images }) => {
      expect(await device.update(images.v2, { fault: diskFull({ at: phase }) })).to.end('old');
    },
  );
}
