import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { systemView } from '../observation.ts';
import { bootChoice } from './boot-state.ts';
import { grubBootCounting, uBootCounting } from './boot-menu.ts';
import { damaged, dir, file, memoryFileSystem, symlink, type MemoryNode } from './memory-file-system.ts';
import { observeDisk, type DiskSource } from './observe-disk.ts';
import { readManifest } from './manifest.ts';
import { observeOffline } from './observe-offline.ts';

type Tree = Record<string, MemoryNode | undefined>;
const fileSystem = (tree: Tree, usage = {}): ReturnType<typeof memoryFileSystem> =>
  memoryFileSystem(
    Object.fromEntries(Object.entries(tree).filter(([, node]) => node)) as Record<string, MemoryNode>,
    usage,
  );

const old = 'a'.repeat(64);
const next = 'b'.repeat(64);
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const entry = (kernel: string, index: number): MemoryNode =>
  file(
    `title Device ${kernel}\nversion 1\noptions root=LABEL=root rw ostree=/ostree/boot.1/os/${kernel}/${index}\n` +
      `linux /ostree/os-${kernel}/vmlinuz\ninitrd /ostree/os-${kernel}/initramfs.img\n`,
  );
const grubenv = (lines: string): MemoryNode => file(`# GRUB Environment Block\n${lines}`.padEnd(1024, '#'));

const bootTree: Tree = {
  boot: symlink('.'),
  loader: symlink('loader.1'),
  'loader.1/entries/ostree-1.conf': entry('k1', 0),
  'loader.1/entries/ostree-2.conf': entry('k2', 0),
  'ostree/os-k1/vmlinuz': file('kernel 1'),
  'ostree/os-k1/initramfs.img': file('initramfs 1'),
  'ostree/os-k2/vmlinuz': file('kernel 2'),
  'ostree/os-k2/initramfs.img': file('initramfs 2'),
  'grub/grubenv': grubenv('boot_success=1\n'),
};
const deployment = (checksum: string): Tree => {
  const path = `ostree/deploy/os/deploy/${checksum}.0`;
  return {
    [`${path}/usr/bin/tool`]: file(`tool of ${checksum}`),
    [`${path}/etc/machine-id`]: file(`${'0'.repeat(31)}1\n`),
    [`${path}/etc/os`]: file(checksum),
    [`${path}.origin`]: file('[origin]\nrefspec=os:stable\n'),
  };
};
const rootTree: Tree = {
  'ostree/boot.1': symlink('boot.1.1'),
  'ostree/boot.1.1/os/k1/0': symlink(`../../../deploy/os/deploy/${old}.0`),
  'ostree/boot.1.1/os/k2/0': symlink(`../../../deploy/os/deploy/${next}.0`),
  ...deployment(old),
  ...deployment(next),
  'ostree/deploy/os/var/lib/bootproof-canary/generation': file('7'),
  'ostree/deploy/os/var/log/journal': file('x'.repeat(70_000)),
  'ostree/repo/tmp/cache': dir(),
  'ostree/repo/tmp/staging-x-lock': file(''),
  'ostree/repo/tmp/staging-x': dir(),
};

describe('observation of a disk', () => {
  const observe = (
    boot: Tree = {},
    root: Tree = {},
    options: Partial<DiskSource> = {},
  ): ReturnType<typeof observeDisk> =>
    observeDisk({
      boot: fileSystem({ ...bootTree, ...boot }, { freeBytes: 30, totalBytes: 100 }),
      root: fileSystem({ ...rootTree, ...root }, { freeBytes: 1, totalBytes: 5 }),
      view: 'kernel',
      ...options,
    });

  describe('started by U-Boot', () => {
    const uEnv = (...kernels: string[]): Tree => ({
      'loader.1/uEnv.txt': file(
        kernels
          .map((kernel, at) => {
            const suffix = at === 0 ? '' : String(at + 1);
            return (
              `kernel_image${suffix}=/boot/ostree/os-${kernel}/vmlinuz\nramdisk_image${suffix}=/boot/ostree/os-${kernel}/initramfs.img\n` +
              `bootargs${suffix}=root=LABEL=root rw ostree=/ostree/boot.1/os/${kernel}/0\n`
            );
          })
          .join(''),
      ),
    });
    const used = { upgrade_available: '1', bootcount: '2', bootlimit: '2' };
    const look = (boot: Tree, variables: Record<string, string> = {}) =>
      observe(boot, {}, { menu: uBootCounting, environment: { valid: true, variables } }).boot;

    it('picks what uEnv.txt says, by the environment that is not in /boot', () => {
      expect(look(uEnv('k2', 'k1'))).to.deep.include({ default: 'ostree-2.conf', environment: {} });
      expect(look(uEnv('k2', 'k1'), used)).to.deep.include({ default: 'ostree-1.conf', environment: used });
      expect(look(uEnv('k1', 'k2')).default).to.equal('ostree-1.conf');
    });

    it('sees what uEnv.txt has and no entry says, and finds nothing without it', () => {
      const torn = look({ ...uEnv('k2', 'k1'), 'loader.1/entries/ostree-2.conf': undefined });
      expect(torn.default).to.equal('uEnv.txt 1');
      expect(torn.entries[0]).to.include({ linuxSha256: sha256('kernel 2'), resolvesTo: `os/${next}.0` });
      expect(look({ ...uEnv('k2', 'k1'), boot: undefined })).not.to.have.property('default');
      const none = look({});
      expect(none).not.to.have.property('default');
      expect(none.entries).to.have.length(2);
    });
  });

  it('sees entries, kernels, deployments and content of a device with two deployments', () => {
    const expectedUsr = readManifest(fileSystem(deployment(next)), `/ostree/deploy/os/deploy/${next}.0/usr`)!;
    const view = observe({}, {}, { expectedUsr: () => expectedUsr });
    expect(systemView.parse(view)).to.deep.equal(view);
    expect(view.boot).to.deep.include({
      loader: 'loader.1',
      default: 'ostree-2.conf',
      environment: { boot_success: '1' },
      environmentValid: true,
    });
    expect(view.boot.entries.map(({ file }) => file)).to.deep.equal(['ostree-2.conf', 'ostree-1.conf']);
    expect(view.boot.entries[0]).to.include({
      linuxSha256: sha256('kernel 2'),
      initrdSha256: sha256('initramfs 2'),
      ostreePath: '/ostree/boot.1/os/k2/0',
      resolvesTo: `os/${next}.0`,
    });
    expect(
      view.deployments.map(({ checksum, booted, rollback, origin }) => ({ checksum, booted, rollback, origin })),
    ).to.deep.equal([
      { checksum: next, booted: true, rollback: false, origin: 'os:stable' },
      { checksum: old, booted: false, rollback: true, origin: 'os:stable' },
    ]);
    expect(view.leftovers).to.deep.equal({
      deploymentDirs: [`os/${old}.0`, `os/${next}.0`],
      loaderDirs: ['loader.1'],
      bootOstreeDirs: ['os-k1', 'os-k2'],
      bootlinks: ['boot.1', 'boot.1.1'],
      repoTmp: ['staging-x'],
      rootUsedBytes: 4,
      bootUsedBytes: 70,
    });
    expect(view.usr).to.deep.equal({ checksum: next, differences: [], method: 'manifest', filesVerified: 1 });
    expect(view.etc?.['os']?.sha256).to.equal(sha256(next));
    expect(Object.keys(view.canaries!)).to.deep.equal(['', 'generation']);
    expect(Object.keys(view.var!).sort()).to.deep.equal(['', 'lib', 'log', 'log/journal']);
    expect(view.var?.['log/journal']).to.include({ size: 70_000 }).and.not.to.have.property('sha256');
    expect(view.machineId).to.equal(`${'0'.repeat(31)}1`);
  });

  it('reads no content in the firmware view', () => {
    expect(observe({}, {}, { view: 'firmware' })).to.not.have.any.keys('usr', 'etc', 'var', 'canaries', 'machineId');
  });

  it('picks the rollback when the attempts are used up, and observes its content', () => {
    const view = observe({ 'grub/grubenv': grubenv('boot_counter=0\nboot_success=0\n') });
    expect(view.boot.default).to.equal('ostree-1.conf');
    expect(view.deployments.find(({ booted }) => booted)?.checksum).to.equal(old);
    expect(view.deployments.some(({ rollback }) => rollback)).to.equal(false);
    expect(view.etc?.['os']?.sha256).to.equal(sha256(old));
  });

  const unloadable: [string, Tree][] = [
    ['its kernel is missing', { 'ostree/os-k2/vmlinuz': undefined }],
    ['its kernel is empty', { 'ostree/os-k2/vmlinuz': file('') }],
    ['its initramfs is missing', { 'ostree/os-k2/initramfs.img': undefined }],
    ['its file is empty', { 'loader.1/entries/ostree-2.conf': file('') }],
  ];
  for (const [what, boot] of unloadable)
    it(`falls back from the first entry when ${what}`, () => {
      expect(observe(boot).boot.default).to.equal('ostree-1.conf');
    });

  it('has no hash for a kernel that is missing', () => {
    expect(observe({ 'ostree/os-k1/vmlinuz': undefined }).boot.entries[1]).to.not.have.property('linuxSha256');
  });

  const dangling: [string, Tree][] = [
    ['the bootlink is gone', { 'ostree/boot.1': undefined }],
    ['the deployment is gone', { 'ostree/boot.1.1/os/k2/0': symlink(`../../../deploy/os/deploy/${'c'.repeat(64)}.0`) }],
    ['the last link is a directory', { 'ostree/boot.1.1/os/k2/0': dir() }],
    ['the link is absolute', { 'ostree/boot.1.1/os/k2/0': symlink(`/ostree/deploy/os/deploy/${next}.0`) }],
  ];
  for (const [what, root] of dangling)
    it(`does not resolve an entry when ${what}`, () => {
      const view = observe({}, root);
      expect(view.boot.default).to.equal('ostree-2.conf');
      expect(view.boot.entries[0]).to.not.have.property('resolvesTo');
      expect(view.deployments.some(({ booted }) => booted)).to.equal(false);
      expect(view).to.not.have.property('etc');
    });

  it('sees a device without /boot/loader, and without a boot environment', () => {
    const view = observe({ loader: undefined, 'grub/grubenv': undefined });
    expect(view.boot).to.deep.equal({ entries: [], environmentValid: true });
  });

  it('says that a torn boot environment is not valid', () => {
    const view = observe({ 'grub/grubenv': file(Buffer.alloc(1024)) });
    expect(view.boot).to.deep.include({ environment: {}, environmentValid: false, default: 'ostree-2.conf' });
  });

  it('lists entries that the menu does not show, after the others, and never picks them', () => {
    const view = observe({ 'loader.1/entries/zz.conf': entry('k2', 0), 'loader.1/entries/notes.txt': file('') });
    expect(view.boot.entries.map(({ file }) => file)).to.deep.equal(['ostree-2.conf', 'ostree-1.conf', 'zz.conf']);
  });

  it('knows no deployment without an origin, only its directory', () => {
    const view = observe({}, { [`ostree/deploy/os/deploy/${next}.0.origin`]: undefined });
    expect(view.deployments.map(({ checksum }) => checksum)).to.deep.equal([old]);
    expect(view.leftovers.deploymentDirs).to.have.length(2);
  });

  it('reads pinned from the origin, in its own group only', () => {
    const pinned = (origin: string): boolean | undefined =>
      observe({}, { [`ostree/deploy/os/deploy/${old}.0.origin`]: file(origin) }).deployments[1]?.pinned;
    expect(pinned('[origin]\nrefspec=x\n\n[libostree-transient]\npinned=true\n')).to.equal(true);
    expect(pinned('[origin]\npinned=true\n')).to.equal(false);
    expect(pinned('[libostree-transient]\nx=1\n[other]\npinned=true\n')).to.equal(false);
  });

  it('finds nothing where a tree is gone, which is not the same as not having looked', () => {
    const gone = {
      [`ostree/deploy/os/deploy/${next}.0/etc/machine-id`]: undefined,
      [`ostree/deploy/os/deploy/${next}.0/etc/os`]: undefined,
      'ostree/deploy/os/var/lib/bootproof-canary/generation': undefined,
    };
    expect(observe({}, gone)).to.deep.include({ etc: {}, canaries: {} });
  });

  it('leaves out what is damaged and tells it, or throws', () => {
    const boot = { 'ostree/os-k2/vmlinuz': damaged(file('kernel 2')) };
    const root = { 'ostree/deploy/os/var/log/journal': damaged(file('x')), 'ostree/repo/tmp': damaged(dir()) };
    const told: string[] = [];
    const view = observe(boot, root, { onDamage: (where) => told.push(where) });
    expect(told).to.deep.equal(['kernel or initramfs of ostree-2.conf', '/ostree/repo/tmp', '/var']);
    expect(view).to.not.have.property('var');
    expect(view.etc).to.be.an('object');
    expect(() => observe(boot))
      .to.throw()
      .with.property('code', 'file-system-damaged');
  });

  describe('in both views', () => {
    const firmware = { boot: fileSystem(bootTree), root: fileSystem(rootTree) };
    const crossed = (boot: Tree, root: Tree): (string | null)[] => {
      const kernel = { boot: fileSystem({ ...bootTree, ...boot }), root: fileSystem({ ...rootTree, ...root }) };
      const seen = observeOffline({ firmware, kernel });
      return [seen.firmware.boot.entries[0]?.resolvesTo ?? null, seen.pickedResolvesTo];
    };

    it('follows the choice of the firmware in the file system after replay', () => {
      expect(crossed({}, {})).to.deep.equal([`os/${next}.0`, `os/${next}.0`]);
      expect(crossed({ loader: undefined }, {})).to.deep.equal([`os/${next}.0`, `os/${next}.0`]);
      expect(crossed({}, { 'ostree/boot.1': undefined })).to.deep.equal([`os/${next}.0`, null]);
      const swapped = { 'ostree/boot.1.1/os/k2/0': symlink(`../../../deploy/os/deploy/${old}.0`) };
      expect(crossed({}, swapped)).to.deep.equal([`os/${next}.0`, `os/${old}.0`]);
    });

    it('leads nowhere when the firmware picks nothing', () => {
      const empty = { boot: fileSystem({}), root: fileSystem(rootTree) };
      const kernel = { boot: fileSystem(bootTree), root: fileSystem(rootTree) };
      expect(observeOffline({ firmware: empty, kernel }).pickedResolvesTo).to.equal(null);
    });
  });

  describe('choice', () => {
    const choice = (boot: Tree, root: Tree = {}): string | undefined =>
      bootChoice({
        boot: fileSystem({ ...bootTree, ...boot }),
        root: fileSystem({ ...rootTree, ...root }),
        menu: grubBootCounting,
        onDamage: (_, error) => {
          throw error;
        },
      });

    it('is the deployment, nowhere, or nothing, and no kernel is read for it', () => {
      expect(choice({ 'ostree/os-k2/vmlinuz': damaged(file('kernel 2')) })).to.equal(`os/${next}.0`);
      expect(choice({}, { 'ostree/boot.1': undefined })).to.equal('nowhere: /ostree/boot.1/os/k2/0');
      expect(choice({ loader: undefined })).to.equal(undefined);
    });
  });
});
