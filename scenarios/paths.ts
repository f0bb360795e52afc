import { expect, scenario, treeChanges, type Device } from '../harness/index.ts';

// The image set's v3 never gets healthy on purpose, so the third image of the chain is v2b.

/** What the bench gave this disk and no other, and what holds the day on which a user was added. */
const machineState = ['machine-id', 'ssh/ssh_host_ed25519_key', 'ssh/authorized_keys.d/root', ...['shadow', 'shadow-']];

/** Kernel arguments of the booted entry, without the path of its deployment. */
async function seen(device: Device) {
  const { deployments, boot, usr, etc } = await device.look();
  const booted = deployments.find((deployment) => deployment.booted)!;
  const entry = boot.entries.find(({ resolvesTo }) => resolvesTo?.includes(booted.checksum));
  const options = entry?.options.split(' ').filter((option) => !option.startsWith('ostree='));
  return { options, usr, etc };
}

scenario(
  {
    id: 'update/every-path-ends-alike',
    title: 'v1 to v2 to v2b, v1 to v2b and a fresh v2b are the same system',
    requirements: ['UPD-001', 'UPD-003', 'UPD-007'],
    uses: ['v2b'],
  },
  async ({ device, images }) => {
    expect(await device.update(images.v2)).to.end('new');
    expect(await device.update(images.v2b)).to.end('new');
    const inTwoSteps = await seen(device);

    await device.reinstall(images.v1);
    expect(await device.update(images.v2b)).to.end('new');
    const inOneStep = await seen(device);

    await device.reinstall(images.v2b);
    const fresh = await seen(device);

    for (const updated of [inTwoSteps, inOneStep]) {
      expect(updated.usr).to.deep.equal(fresh.usr);
      expect(updated.options).to.deep.equal(fresh.options);
      expect(treeChanges(fresh.etc, updated.etc, { apartFrom: machineState })).to.deep.equal([]);
    }
  },
);
