import { expect } from 'chai';
import fc from 'fast-check';
import { parseBootLoaderEntry } from './boot-loader-entry.ts';

describe('boot loader entry', () => {
  it('reads what ostree writes', () => {
    const entry = parseBootLoaderEntry(
      [
        'title Debian GNU/Linux 13 (trixie) (ostree:0)',
        'version 1',
        'options root=LABEL=root rw quiet ostree=/ostree/boot.1/os/abc/0 ostree=/second',
        'linux /ostree/os-abc/vmlinuz',
        'initrd /ostree/os-abc/initramfs.img',
        'aboot /ostree/deploy/os/deploy/abc.0/usr/lib/ostree-boot/aboot.img',
        '',
      ].join('\n'),
    );
    expect(entry).to.deep.equal({
      title: 'Debian GNU/Linux 13 (trixie) (ostree:0)',
      version: '1',
      options: 'root=LABEL=root rw quiet ostree=/ostree/boot.1/os/abc/0 ostree=/second',
      linux: '/ostree/os-abc/vmlinuz',
      initrd: '/ostree/os-abc/initramfs.img',
      ostreePath: '/ostree/boot.1/os/abc/0',
    });
  });

  it('takes the first initrd and the last of any other key, and skips comments', () => {
    const entry = parseBootLoaderEntry('#linux /no\n linux /no\nlinux /a\nlinux /b\ninitrd /1\ninitrd /2\n');
    expect(entry).to.include({ linux: '/b', initrd: '/1' });
  });

  it('does not take a key that only ends in ostree', () => {
    expect(parseBootLoaderEntry('options xostree=/a rd.ostree=/b').ostreePath).to.equal(undefined);
  });

  it('gives empty fields for an empty file', () => {
    expect(parseBootLoaderEntry('')).to.include({ linux: '', options: '', initrd: undefined, ostreePath: undefined });
  });

  it('takes any text, and what it gives is in the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const entry = parseBootLoaderEntry(text);
        for (const value of Object.values(entry)) if (value !== undefined) expect(text).to.include(value);
      }),
    );
  });

  it('gives back any entry that was written', () => {
    const word = fc.stringMatching(/^[!-~]{1,20}$/);
    fc.assert(
      fc.property(
        word,
        word,
        fc.array(
          word.filter((w) => !w.startsWith('ostree=')),
          { maxLength: 5 },
        ),
        word,
        (linux, initrd, kargs, path) => {
          const text = `linux ${linux}\noptions ${[...kargs, `ostree=${path}`].join(' ')}\ninitrd ${initrd}\n`;
          expect(parseBootLoaderEntry(text)).to.include({ linux, initrd, ostreePath: path });
        },
      ),
    );
  });
});
