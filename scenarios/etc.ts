import { expect, scenario, type Device } from '../harness/index.ts';

/**
 * Local changes of every kind, against defaults that stay, change, or change their type in v2-etc. What must come of each is worked out by the
 * oracle of /etc after the transition, entry by entry; the scenario says it again where a reader may want to see it.
 */
async function changeLocally(device: Device): Promise<void> {
  // Edited: its default stays; its default changes.
  await device.writeFile('/etc/host.conf', 'multi off\n');
  await device.writeFile('/etc/reference.conf', 'level=local\n');
  // Deleted: its default stays; its default changes; a whole directory.
  await device.remove('/etc/issue.net');
  await device.remove('/etc/shells');
  await device.remove('/etc/skel');
  // Added: a file, a directory with a file, what v2-etc adds as well.
  await device.writeFile('/etc/local.conf', 'set on this device\n', 0o640);
  await device.writeFile('/etc/local.d/10-local.conf', 'set on this device\n');
  await device.writeFile('/etc/reference-next.conf', 'here before v2\n');
  await device.run('ln', '/etc/local.conf', '/etc/local-link.conf');
  // Only mode or owner: its default stays; its content changes by default.
  await device.run('chmod', '0600', '/etc/inputrc');
  await device.run('chown', '12:34', '/etc/xattr.conf');
  // A link that becomes a file, a file that becomes a link.
  await device.remove('/etc/os-release');
  await device.writeFile('/etc/os-release', 'ID=local\n');
  await device.run('ln', '-sf', 'local.conf', '/etc/debian_version');
  // What ostree does not carry over, by its own rules: an extended attribute alone, and what is no file, directory or link.
  await device.run('setfattr', '-n', 'user.local', '-v', 'alone', '/etc/gai.conf');
  await device.run('mkfifo', '/etc/local.fifo');
}

scenario(
  {
    id: 'etc/merge',
    title: 'local changes in /etc survive an update, and defaults that nobody changed follow the new image',
    requirements: ['UPD-003'],
    uses: ['v2-etc'],
  },
  async ({ device, images }) => {
    await changeLocally(device);
    expect(await device.update(images['v2-etc']!)).to.end('new');

    expect(await device.readFile('/etc/reference.conf'), 'a local edit wins').to.equal('level=local\n');
    expect(await device.readFile('/etc/reference-next.conf'), 'what was added wins').to.equal('here before v2\n');
    expect(await device.readFile('/etc/shells'), 'what was deleted stays deleted').to.equal(undefined);
    expect(await device.readFile('/etc/skel/.profile'), 'so does a directory').to.equal(undefined);
    expect((await device.run('readlink', '/etc/debian_version')).stdout).to.equal('local.conf\n');
    expect((await device.run('stat', '-c', '%u:%g', '/etc/xattr.conf')).stdout).to.equal('12:34\n');
    expect(await device.readFile('/etc/issue'), 'a default that nobody changed').to.match(/another default than v1/);
    expect((await device.run('readlink', '/etc/bindresvport.blacklist')).stdout, 'even of another type').to.equal(
      'shells\n',
    );
    expect(await device.readFile('/etc/reference.d/10-default.conf'), 'a new default').to.match(/no image had before/);
  },
);

scenario(
  {
    id: 'etc/conflict',
    title: 'a finalize that cannot merge /etc leaves the old system and says so; mended, the update completes',
    requirements: ['UPD-003', 'UPD-PRE-001', 'UPD-INT-002'],
    uses: ['v2-etc'],
  },
  async ({ device, images }) => {
    // v2-etc has a directory of this name.
    await device.writeFile('/etc/reference.d', 'a file\n');
    const refused = await device.update(images['v2-etc']!);
    expect(refused).to.end('old');
    const { failedUnits, updateJournal } = refused.transition.after;
    expect(failedUnits, 'failed units').to.include('ostree-boot-complete.service');
    expect(updateJournal.join('\n'), 'journal').to.match(/reference\.d/);

    await device.remove('/etc/reference.d');
    expect(await device.update(images['v2-etc']!)).to.end('new');
  },
);

scenario(
  {
    id: 'etc/transient',
    title: 'a transient /etc forgets local edits at every boot, and follows the new image',
    requirements: ['UPD-008', 'UPD-004'],
    start: ['v1t'],
    uses: ['v1t', 'v2t'],
  },
  async ({ device, images }) => {
    const { machineId } = await device.look();
    const edit = async (): Promise<void> => {
      await device.writeFile('/etc/local.conf', 'set on this device\n');
      await device.writeFile('/etc/reference.conf', 'level=local\n');
      await device.remove('/etc/issue');
    };
    const forgotten = async (reference: string): Promise<void> => {
      expect(await device.readFile('/etc/local.conf')).to.equal(undefined);
      expect(await device.readFile('/etc/reference.conf')).to.equal(reference);
      expect(await device.readFile('/etc/issue')).to.match(/Debian/);
      const mount = (await device.look()).mounts.find(({ target }) => target === '/etc');
      expect(mount?.fstype, 'mounted on /etc').to.equal('overlay');
      expect((await device.look()).machineId, 'what is this device’s own comes from /var').to.equal(machineId);
    };

    await edit();
    expect(await device.reboot()).to.end('old');
    await forgotten('level=1\n');
    await edit();
    expect(await device.update(images.v2t!)).to.end('new');
    await forgotten('level=2\ncolour=green\n');
  },
);
