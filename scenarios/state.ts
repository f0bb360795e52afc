import { expect, scenario, treeChanges, type Device } from '../harness/index.ts';

type VarTree = Parameters<typeof treeChanges>[0];

const layers = '/var/lib/containers/storage/overlay';

/** What a container engine leaves in /var: two layers with whiteouts, an opaque directory, links, a sparse disk and a deep tree. */
async function fillLikeContainers(device: Device): Promise<void> {
  await device.run('mkdir', '-p', `${layers}/base/diff/usr/lib`, `${layers}/top/diff/usr/lib/gone`, `${layers}/l`);
  // Some hundred files, links and directories of a real system.
  await device.run('cp', '-a', '/usr/lib/systemd', `${layers}/base/diff/usr/lib/`);
  await device.run('cp', '-al', `${layers}/base/diff/usr/lib/systemd`, `${layers}/base/diff/usr/lib/linked`);
  await device.run('mknod', `${layers}/top/diff/usr/lib/systemd`, 'c', '0', '0');
  await device.run('setfattr', '-n', 'trusted.overlay.opaque', '-v', 'y', `${layers}/top/diff/usr/lib/gone`);
  await device.run('setfattr', '-n', 'user.overlay.origin', '-v', 'base', `${layers}/top/diff/usr/lib/gone`);
  await device.run('ln', '-s', '../top/diff', `${layers}/l/SHORTNAME`);
  await device.run('truncate', '-s', '64M', `${layers}/top/volume.img`);
  const deep = Array.from({ length: 40 }, (_, level) => `level-${level}`).join('/');
  await device.writeFile(`${layers}/top/diff/${deep}/file`, 'deep down\n', 0o600);
  await device.run('chown', '-hR', '100000:100000', `${layers}/top/diff`);
  // Last: a change of owner takes capabilities away.
  await device.run('setcap', 'cap_net_raw+ep', `${layers}/top/diff/${deep}/file`);
  await device.run('sync');
}

/** Blocks in use of the sparse file, and device numbers of the whiteout: a listing of names and modes shows neither. */
async function rareFacts(device: Device): Promise<string> {
  const { stdout } = await device.run(
    'stat',
    '-c',
    '%n %b %t:%T',
    `${layers}/top/volume.img`,
    `${layers}/top/diff/usr/lib/systemd`,
  );
  return stdout;
}

/** What became of containers' storage, but for what a pull of the update client remembers there (skopeo's blob-info-cache). */
function containerChanges(before: VarTree, after: VarTree): string[] {
  const changes = treeChanges(before, after, { below: 'lib/containers' });
  return changes.filter((change) => !/^lib\/containers\/cache(\/blob-info-cache[\w.-]*)?: added$/.test(change));
}

scenario(
  {
    id: 'state/users-and-containers',
    title: 'a local user, a system user of the new image and containers in /var survive an update and a rollback',
    requirements: ['UPD-003', 'UPD-004', 'UPD-006', 'UPD-RB-001'],
  },
  async ({ device, images }) => {
    const added = await device.run(
      'useradd',
      '--create-home',
      '--home-dir',
      '/var/home/alice',
      '--uid',
      '2001',
      'alice',
    );
    expect(added.exitCode, added.stderr).to.equal(0);
    await fillLikeContainers(device);
    const rare = await rareFacts(device);
    expect(rare)
      .to.match(/volume\.img 0 /)
      .and.match(/systemd \d+ 0:0/);

    const update = await device.update(images.v2);
    expect(update).to.end('new');
    const { before, after } = update.transition;
    expect(containerChanges(before.var, after.var)).to.deep.equal([]);
    expect(await rareFacts(device)).to.equal(rare);
    for (const database of ['passwd', 'group', 'shadow']) {
      expect((await device.run('getent', database, 'alice')).stdout, database).to.match(/^alice:/);
      expect((await device.run('getent', database, 'reference-next')).stdout, database).to.match(/^reference-next:/);
    }
    expect((await device.run('stat', '-c', '%U:%G', '/var/home/alice')).stdout).to.equal('alice:alice\n');

    const back = await device.rollback();
    expect(back).to.end('new');
    expect(containerChanges(before.var, back.transition.after.var)).to.deep.equal([]);
    expect(await rareFacts(device)).to.equal(rare);
    expect((await device.run('getent', 'passwd', 'alice')).stdout).to.match(/^alice:x:2001:/);
    expect((await device.run('getent', 'passwd', 'reference-next')).stdout, 'a user of v2 alone').to.equal('');
  },
);

scenario(
  {
    id: 'state/first-boot',
    title:
      'an image as it is shipped makes its own machine id and host key at the first boot, and keeps them in an update',
    requirements: ['UPD-010', 'UPD-003'],
    start: ['v1-untuned'],
  },
  async ({ device, images }) => {
    const first = await device.look();
    expect(first.machineId, 'machine id').to.match(/^[0-9a-f]{32}$/);
    const update = await device.update(images.v2);
    expect(update).to.end('new');
    expect(update.transition.after.machineId).to.equal(first.machineId);
    expect(update.transition.after.hostKey).to.equal(first.hostKey);
  },
);

scenario(
  {
    id: 'state/usr-changed',
    title: 'a change to /usr at run time is there until the reboot, and in no system after it',
    requirements: ['UPD-001', 'UPD-002', 'UPD-RB-001'],
  },
  async ({ device, images }) => {
    // One that both images ship as they are: written through to the disk, it would be wrong in each of them.
    const shipped = '/usr/lib/os-release';
    const added = '/usr/lib/bootproof-added';
    const original = await device.readFile(shipped);
    expect(original, shipped).to.be.a('string').and.not.equal('');
    const changed = `${original}# changed at run time\n`;
    await device.unlockUsr();
    await device.writeFile(shipped, changed);
    await device.writeFile(added, 'added at run time\n');
    expect(await device.readFile(shipped)).to.equal(changed);

    const update = await device.update(images.v2);
    expect(update).to.end('new');
    expect(update.transition.staged?.usrWriteRefused ?? false, 'locked again by staging').to.equal(false);
    expect(await device.readFile(shipped), 'of v2').to.not.equal(changed);
    expect(await device.readFile(added), 'in v2').to.equal(undefined);

    // Every file of it is compared with the image by then.
    expect(await device.rollback()).to.end('new');
    expect(await device.readFile(shipped), 'of v1').to.equal(original);
    expect(await device.readFile(added), 'in v1').to.equal(undefined);
  },
);
