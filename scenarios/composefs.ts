import { expect, scenario, wrongSeal, type Device } from '../harness/index.ts';

/** A file of the image that nothing has open, behind the composefs image: the deployment has it as a link to its object. */
async function shippedFile(device: Device): Promise<string> {
  const { deployments } = await device.look();
  const { stateroot, checksum, serial } = deployments.find(({ booted }) => booted)!;
  return `/sysroot/ostree/deploy/${stateroot}/deploy/${checksum}.${serial}/usr/lib/reference-image`;
}

scenario(
  {
    id: 'composefs/write-refused',
    title: 'root cannot write to /usr, mount it for writing, or write to the objects behind it',
    requirements: ['UPD-SEC-002'],
    needs: ['image.composefs'],
  },
  async ({ device }) => {
    const refused = async (why: RegExp, ...argv: string[]): Promise<void> => {
      const { exitCode, stderr } = await device.run(...argv);
      expect(exitCode, argv.join(' ')).to.be.above(0);
      expect(stderr).to.match(why);
    };
    const shipped = await shippedFile(device);
    const content = await device.readFile('/usr/lib/reference-image');
    await refused(/Read-only file system/, 'touch', '/usr/lib/bootproof-added');
    // A read-only bind mount of /usr, as without composefs, is undone by this.
    for (const mount of ['/', '/usr']) {
      await device.run('mount', '-o', 'remount,bind,rw', mount);
      await device.run('mount', '-o', 'remount,rw', mount);
    }
    await refused(/Read-only file system/, 'touch', '/usr/lib/bootproof-added');
    expect((await device.run('mount', '-o', 'remount,rw', '/sysroot')).exitCode, 'where the objects are').to.equal(0);
    await refused(/Operation not permitted/, 'truncate', '-s', '0', shipped);
    expect(await device.readFile('/usr/lib/reference-image')).to.equal(content);
  },
);

scenario(
  {
    id: 'composefs/flipped-bit',
    title: 'a bit that flips in an object on the disk is never read, and an update ends in a whole system',
    requirements: ['UPD-SEC-002', 'UPD-001'],
    needs: ['image.composefs'],
  },
  async ({ device, images }) => {
    const ours = '/var/lib/bootproof-flipped';
    await device.writeFile(ours, 'v1\n');
    await device.flipBit(ours);
    expect(await device.readFile(ours), 'where nothing is verified').to.equal('w1\n');

    await device.flipBit(await shippedFile(device));
    const read = await device.run('cat', '/usr/lib/reference-image');
    expect(read.stdout, 'what was read of it').to.equal('');
    expect(read.stderr).to.match(/Input\/output error/);
    const damaged = await device.look();
    expect(damaged.usr?.differences).to.deep.equal(['lib/reference-image: other content']);
    expect(damaged.kernelProblems.join('\n')).to.match(/fs-verity.*FILE CORRUPTED/);

    expect(await device.update(images.v2)).to.end('new');
  },
);

scenario(
  {
    id: 'composefs/other-digest',
    title: 'a signed commit that promises another composefs image than its tree gives is refused',
    requirements: ['UPD-SEC-001', 'UPD-SEC-002'],
    needs: ['image.composefs'],
  },
  async ({ device, images }) => {
    expect(await device.update(images.v2, { fault: wrongSeal() })).to.end('old');
    expect(await device.update(images.v2)).to.end('new');
  },
);
