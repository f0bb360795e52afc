import { expect, scenario, type Device } from '../harness/index.ts';

// Twenty boots and more each: for the nightly. v2 and v2b share a kernel, so that these are the lightest updates that the set has.

const hoursMs = 60 * 60_000;

/** Bytes of all that ostree keeps: repository, boot links and deployments, a hard link counted once; /var is the device's own. */
async function keptBytes(device: Device): Promise<number> {
  const { stdout } = await device.run('du', '-sx', '-B1', '--exclude=/sysroot/ostree/deploy/*/var', '/sysroot/ostree');
  return Number(stdout.split('\t')[0]);
}

scenario(
  {
    id: 'endurance/ten-updates',
    title: 'ten updates use no more of the disk than the first',
    requirements: ['UPD-011', 'UPD-001'],
    start: ['v2'],
    uses: ['v2b'],
    budgetMs: 2 * hoursMs,
  },
  async ({ device, images }) => {
    const one = await keptBytes(device);
    const kept: number[] = [];
    const boot: (number | undefined)[] = [];
    for (let update = 0; update < 10; update++) {
      const outcome = await device.update(update % 2 === 0 ? images.v2b : images.v2);
      expect(outcome).to.end('new');
      kept.push(await keptBytes(device));
      boot.push(outcome.transition.after.leftovers.bootUsedBytes);
    }
    // The first update adds a deployment; the others replace one, so that no later one may cost as much again.
    const [two = 0] = kept;
    expect(two, 'bytes with two deployments').to.be.above(one);
    expect(Math.max(...kept), `bytes after each update: ${kept.join(', ')}`).to.be.below(two + (two - one));
    expect(new Set(boot), `bytes of /boot after each update: ${boot.join(', ')}`).to.have.property('size', 1);
  },
);

scenario(
  {
    id: 'endurance/there-and-back',
    title: 'switched there and back ten times, a device has nothing left over',
    requirements: ['UPD-011', 'UPD-001', 'UPD-004'],
    start: ['v2'],
    uses: ['v2b'],
    budgetMs: 3 * hoursMs,
  },
  async ({ device, images }) => {
    for (let round = 0; round < 10; round++) {
      expect(await device.switch(images.v2b)).to.end('new');
      const back = await device.switch(images.v2);
      expect(back).to.end('new');
      expect(back.transition.after.leftovers.deploymentDirs, `deployments after round ${round + 1}`).to.have.length(2);
    }
  },
);
