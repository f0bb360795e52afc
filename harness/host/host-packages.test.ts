import { expect } from 'chai';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aptLine, hostNeeds, isOnHost, missingNeeds, packagesOf, withSystemFolders } from './host-packages.mjs';

const hostWithout = (...absent: string[]) => ({ isRoot: true, has: (name: string) => !absent.includes(name) });

describe('host packages', () => {
  it('asks for nothing on a machine that has every command', () => {
    expect(missingNeeds(hostWithout())).to.deep.equal([]);
  });

  it('names the package of a missing command, once for all its commands', () => {
    const missing = missingNeeds(hostWithout('debugfs', 'mke2fs', 'qemu-system-x86_64'));
    expect(missing.map((need) => need.needs)).to.have.members(['debugfs', 'mke2fs', 'qemu-system-x86_64']);
    expect(packagesOf(missing)).to.deep.equal(['qemu-system-x86', 'e2fsprogs']);
  });

  it('needs newuidmap only for a user who is not root', () => {
    const host = hostWithout('newuidmap');
    expect(packagesOf(missingNeeds(host))).to.deep.equal([]);
    expect(packagesOf(missingNeeds({ ...host, isRoot: false }))).to.deep.equal(['uidmap']);
  });

  it('needs what makes fixtures only for the tests', () => {
    const host = hostWithout('sfdisk', 'ssh-keygen');
    expect(packagesOf(missingNeeds(host))).to.deep.equal([]);
    expect(packagesOf(missingNeeds({ ...host, forTests: true }))).to.deep.equal(['fdisk', 'openssh-client']);
  });

  it('needs the board with U-Boot only for the nightly', () => {
    const host = hostWithout('qemu-system-aarch64', '/usr/lib/u-boot/qemu_arm64/u-boot.bin', 'ser2net');
    expect(packagesOf(missingNeeds({ ...host, forTests: true }))).to.deep.equal([]);
    expect(packagesOf(missingNeeds({ ...host, forTests: true, forFull: true }))).to.deep.equal([
      'qemu-system-arm',
      'u-boot-qemu',
      'ser2net',
    ]);
  });

  it('makes one line of all that is missing on an empty machine', () => {
    const line = aptLine(packagesOf(missingNeeds({ isRoot: false, forTests: true, forFull: true, has: () => false })));
    expect(line).to.match(/^apt-get update && apt-get install -y --no-install-recommends qemu-system-x86 mmdebstrap /);
    const packages = line.split(' --no-install-recommends ')[1]?.split(' ') ?? [];
    expect(packages).to.have.length(new Set(hostNeeds.map((need) => need.package)).size);
    expect(packages).to.not.include.members(['default-jre', 'chromium', 'skopeo']);
  });

  describe('on this host', () => {
    let folder: string;
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'bootproof-host-'));
      writeFileSync(join(folder, 'tool'), '');
      writeFileSync(join(folder, 'text'), '');
      chmodSync(join(folder, 'tool'), 0o755);
      chmodSync(join(folder, 'text'), 0o644);
      mkdirSync(join(folder, 'folder'));
    });
    after(() => rmSync(folder, { recursive: true }));

    it('finds a command in PATH, and neither a folder nor a text of that name', () => {
      expect(isOnHost('tool', folder)).to.equal(true);
      expect(isOnHost('folder', folder)).to.equal(false);
      expect(isOnHost('text', folder)).to.equal(false);
      expect(isOnHost('tool', undefined)).to.equal(false);
    });

    it('finds a file by its path, whatever PATH says', () => {
      expect(isOnHost(join(folder, 'text'), '')).to.equal(true);
      expect(isOnHost(join(folder, 'absent'), folder)).to.equal(false);
    });
  });

  it("puts administrators' folders behind the user's own, each once", () => {
    expect(withSystemFolders('/usr/bin:/bin')).to.equal('/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin');
    expect(withSystemFolders('/sbin:/bin')).to.equal('/sbin:/bin:/usr/local/sbin:/usr/sbin');
    expect(withSystemFolders(withSystemFolders('/bin'))).to.equal(withSystemFolders('/bin'));
  });
});
