import { expect } from 'chai';
import fc from 'fast-check';
import { parseBootLoaderEntry } from './boot-loader-entry.ts';
import { offeredByUEnv, parseUEnv } from './u-boot-entries.ts';

/** As ostree 2025.2 wrote it. */
const text = [
  'kernel_image=/boot/ostree/os-b/vmlinuz',
  'ramdisk_image=/boot/ostree/os-b/initramfs.img',
  'bootargs=root=LABEL=root rw ostree=/ostree/boot.1/os/b/0',
  'kernel_image2=/boot/ostree/os-a/vmlinuz',
  'ramdisk_image2=/boot/ostree/os-a/initramfs.img',
  'bootargs2=root=LABEL=root rw ostree=/ostree/boot.1/os/a/0',
].join('\n');
const entry = (kernel: string, file: string) => ({
  file,
  ...parseBootLoaderEntry(
    `title ${kernel}\noptions root=LABEL=root rw ostree=/ostree/boot.1/os/${kernel}/0\n` +
      `linux /ostree/os-${kernel}/vmlinuz\ninitrd /ostree/os-${kernel}/initramfs.img\n`,
  ),
});

describe('entries of uEnv.txt', () => {
  it('are the entries beside it, in its order', () => {
    const entries = [entry('a', 'ostree-1.conf'), entry('b', 'ostree-2.conf')];
    expect(offeredByUEnv(entries, parseUEnv(text))).to.deep.equal({
      shown: ['ostree-2.conf', 'ostree-1.conf'],
      unlisted: [],
    });
  });

  it('are of their own where no entry says the same', () => {
    const { shown, unlisted } = offeredByUEnv([entry('a', 'ostree-1.conf')], parseUEnv(text));
    expect(shown).to.deep.equal(['uEnv.txt 1', 'ostree-1.conf']);
    expect(unlisted).to.have.length(1);
    expect(unlisted[0]).to.include({
      file: 'uEnv.txt 1',
      linux: '/boot/ostree/os-b/vmlinuz',
      initrd: '/boot/ostree/os-b/initramfs.img',
      ostreePath: '/ostree/boot.1/os/b/0',
    });
  });

  it('are none in an empty file, and end where one is torn', () => {
    expect(parseUEnv('')).to.deep.equal([]);
    expect(parseUEnv(text.slice(0, text.indexOf('kernel_image2')))).to.have.length(1);
    expect(parseUEnv(text.replace('kernel_image=', 'kernel_im'))).to.deep.equal([]);
  });

  it('never throw', () => {
    fc.assert(fc.property(fc.string(), (any) => void parseUEnv(any)));
  });
});
