import { expect } from 'chai';
import fc from 'fast-check';
import { ProductError } from '../../errors/harness-error.ts';
import { readManifest } from '../../observe/offline/manifest.ts';
import { memoryDevice } from '../ext4/memory-device.ts';
import { BuiltVfat } from './built-vfat.ts';
import { isVfat } from './parameters.ts';
import { Vfat } from './vfat.ts';

describe('vfat', () => {
  const built = (): BuiltVfat => {
    const volume = new BuiltVfat();
    volume.makeDirectory('/loader');
    volume.makeDirectory('/loader/entries');
    volume.put('/loader/entries/ostree-1.conf', 'title one\n');
    volume.put('/vmlinuz-6.12.94+deb13-amd64', 'kernel '.repeat(300));
    volume.put('/empty', '');
    return volume;
  };
  const open = ({ bytes }: BuiltVfat): Vfat => new Vfat(memoryDevice(bytes));

  it('reads names long and short, and files over many clusters', () => {
    const fs = open(built());
    expect(Object.keys(readManifest(fs, '/')!).sort()).to.deep.equal([
      '',
      'empty',
      'loader',
      'loader/entries',
      'loader/entries/ostree-1.conf',
      'vmlinuz-6.12.94+deb13-amd64',
    ]);
    expect(fs.readFile(fs.lookup('/LOADER/entries/Ostree-1.conf')!).toString()).to.equal('title one\n');
    expect(fs.readFile(fs.lookup('/vmlinuz-6.12.94+deb13-amd64')!).toString()).to.equal('kernel '.repeat(300));
    expect(fs.lookup('/loader/none')).to.equal(undefined);
    expect(fs.lookup('/empty/below')).to.equal(undefined);
    expect(fs.usage.freeBytes).to.be.greaterThan(0).and.lessThan(fs.usage.totalBytes);
  });

  it('sees what an exchange and a removal leave', () => {
    const volume = built();
    const other = volume.makeDirectory('/loader.0');
    volume.put('/loader.0/ostree-2.conf', 'two');
    const entry = volume.put('/loader.0/gone.conf', 'x');
    volume.remove(entry);
    const first = volume.put('/a', 'a');
    volume.exchange(first, other);
    const fs = open(volume);
    expect(fs.readdir(fs.lookup('/a')!).map(({ name }) => name)).to.deep.equal(['ostree-2.conf']);
    expect(fs.readFile(fs.lookup('/loader.0')!).toString()).to.equal('a');
  });

  it('takes the short name where the long one is torn', () => {
    const volume = built();
    const at = volume.put('/another-long-name.conf', 'x');
    volume.bytes[at - 32 + 13]! ^= 1;
    const names = (): string[] =>
      open(volume)
        .readdir(open(volume).lookup('/')!)
        .map(({ name }) => name);
    expect(names()).to.not.include('another-long-name.conf');
    expect(names().some((name) => name.startsWith('ANO~'))).to.equal(true);
  });

  it('refuses chains that end too early, leave the volume or go round', () => {
    const damaged = (next: number): (() => unknown) => {
      const volume = new BuiltVfat();
      volume.put('/file', 'x'.repeat(2000));
      volume.bytes.writeUInt16LE(next, 512 + 2 * 2);
      const fs = open(volume);
      return () => fs.readFile(fs.lookup('/file')!);
    };
    expect(damaged(0)).to.throw(ProductError, 'end in free space');
    expect(damaged(0xffff)).to.throw(ProductError, 'before its size');
    expect(damaged(0x7000)).to.throw(ProductError, 'no such cluster');
    const volume = new BuiltVfat();
    volume.makeDirectory('/dir');
    volume.bytes.writeUInt16LE(2, 512 + 2 * 2);
    expect(() => open(volume).readdir(open(volume).lookup('/dir')!)).to.throw(ProductError, /circles|too long/);
  });

  it('is told from ext4, even with a boot sector in front of it', () => {
    const { bytes } = built();
    expect(isVfat(memoryDevice(bytes))).to.equal(true);
    bytes.writeUInt16LE(0xef53, 1024 + 56);
    expect(isVfat(memoryDevice(bytes))).to.equal(false);
    expect(isVfat(memoryDevice(Buffer.alloc(4096)))).to.equal(false);
  });

  it('ends with an error of the product, or none, on whatever bytes', () => {
    const { bytes } = built();
    const edit = fc.tuple(fc.nat({ max: 64 * 512 }), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 8 }), (edits) => {
        const copy = Buffer.from(bytes);
        for (const [at, value] of edits) copy[at] = value;
        try {
          readManifest(new Vfat(memoryDevice(copy)), '/', { entryLimit: 500, hashUpToBytes: 1 << 16 });
        } catch (error) {
          if (!(error instanceof ProductError)) throw error;
        }
      }),
      { numRuns: 150 },
    );
  });
});
