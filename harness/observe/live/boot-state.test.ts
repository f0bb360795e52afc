import { expect } from 'chai';
import { liveBootState } from './boot-state.ts';

const [old, next] = ['a'.repeat(64), 'b'.repeat(64)];
const entry = (file: string, kernel: string, checksum: string): string =>
  `\x01${file}\x01title ${kernel}\noptions rw ostree=/ostree/boot.1/os/${kernel}/0\nlinux /ostree/os-${kernel}/vmlinuz\n` +
  `\x01/sysroot/ostree/deploy/os/deploy/${checksum}.0`;
const uEnv =
  'kernel_image=/boot/ostree/os-k2/vmlinuz\nbootargs=rw ostree=/ostree/boot.1/os/k2/0\n' +
  'kernel_image2=/boot/ostree/os-k1/vmlinuz\nbootargs2=rw ostree=/ostree/boot.1/os/k1/0\n';
const sections = {
  loader: 'loader.1\n',
  entries: entry('ostree-1.conf', 'k1', old) + entry('ostree-2.conf', 'k2', next),
  kernels: `${'1'.repeat(64)}  ostree/os-k1/vmlinuz\n${'2'.repeat(64)}  ostree/os-k2/vmlinuz\n`,
  grubenv: '',
  uenv: '',
  ubootenv: '',
};
const grubenv = '# GRUB Environment Block\nboot_counter=0\nboot_success=0\n'.padEnd(1024, '#');
const ubootenv = 'upgrade_available=1\nbootcount=2\nbootlimit=2\n';

describe('boot state of a running device', () => {
  it("goes by GRUB's environment where that is what there is", () => {
    expect(liveBootState({ ...sections, grubenv })).to.deep.include({
      default: 'ostree-1.conf',
      environment: { boot_counter: '0', boot_success: '0' },
      environmentValid: true,
    });
    expect(liveBootState(sections)).to.include({ default: 'ostree-2.conf' }).and.not.to.have.property('environment');
  });

  it("goes by U-Boot's environment and uEnv.txt where there are such", () => {
    const counted = liveBootState({ ...sections, uenv: uEnv, ubootenv });
    expect(counted.default).to.equal('ostree-1.conf');
    expect(counted.environment).to.deep.equal({ upgrade_available: '1', bootcount: '2', bootlimit: '2' });
    const good = liveBootState({ ...sections, uenv: uEnv, ubootenv: 'upgrade_available=0\nbootcount=0\n' });
    expect(good.default).to.equal('ostree-2.conf');
    expect(good.entries.map(({ file }) => file)).to.deep.equal(['ostree-2.conf', 'ostree-1.conf']);
  });

  it('shows what uEnv.txt has and no entry says, and that U-Boot without one has nothing to boot', () => {
    const other = liveBootState({ ...sections, uenv: uEnv.replaceAll('k2', 'k3'), ubootenv: 'upgrade_available=0\n' });
    expect(other.entries.map(({ file }) => file)).to.deep.equal(['uEnv.txt 1', 'ostree-1.conf', 'ostree-2.conf']);
    expect(other.entries[0]).not.to.have.any.keys('linuxSha256', 'resolvesTo');
    expect(liveBootState({ ...sections, ubootenv })).not.to.have.property('default');
  });
});
