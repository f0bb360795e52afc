import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { execa } from 'execa';
import { UsageError } from '../errors/harness-error.ts';
import { FileSystemDamage } from './file-system-damage.ts';
import { Gpt } from './gpt.ts';
import { RawImage } from './raw-image.ts';
import { ScratchDirectory } from './scratch-directory.ts';

const diskBytes = 8 << 20;
const layout = `label: gpt
label-id: 11223344-5566-7788-99AA-BBCCDDEEFF00
start=2048, size=1024, name=bios, type=21686148-6449-6E6F-744E-656564454649
start=4096, size=4096, name=boot-\u00e9, uuid=00112233-4455-6677-8899-AABBCCDDEEFF
4 : start=8192, size=2048, name=root
`;

describe('Gpt', () => {
  let scratch: ScratchDirectory;
  let path: string;
  before(async () => {
    scratch = new ScratchDirectory();
    path = scratch.file('disk');
    writeFileSync(path, '');
    truncateSync(path, diskBytes);
    await execa('sfdisk', ['--quiet', path], {
      input: layout,
      env: { PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
    });
    const bytes = readFileSync(path);
    bytes.write('hello', 4096 * 512);
    writeFileSync(path, bytes);
  });
  after(() => scratch.remove());

  const changed = (change: (bytes: Buffer) => void): RawImage => {
    const bytes = readFileSync(path);
    change(bytes);
    writeFileSync(scratch.file('changed'), bytes);
    return new RawImage(scratch.file('changed'));
  };
  const last = diskBytes - 512;

  it('finds partitions by name and by number', () => {
    const gpt = Gpt.read(changed(() => {}));
    expect(gpt.source).to.equal('primary');
    expect(gpt.diskGuid).to.equal('11223344-5566-7788-99aa-bbccddeeff00');
    expect(
      gpt.partitions.map(({ number, name, firstSector, sectors }) => [number, name, firstSector, sectors]),
    ).to.deep.equal([
      [1, 'bios', 2048, 1024],
      [2, 'boot-\u00e9', 4096, 4096],
      [4, 'root', 8192, 2048],
    ]);
    expect(gpt.find(1)?.typeGuid).to.equal('21686148-6449-6e6f-744e-656564454649');
    expect(gpt.find('boot-\u00e9')?.guid).to.equal('00112233-4455-6677-8899-aabbccddeeff');
    expect(gpt.open(2).read(0, 5).toString()).to.equal('hello');
    expect(gpt.open('root').sizeBytes).to.equal(2048 * 512);
    expect(() => gpt.open('nope')).to.throw(UsageError, /No such partition: nope/);
  });

  for (const [what, at] of [
    ['signature', 512],
    ['header', 512 + 40],
    ['entry', 1024 + 33],
  ] as const)
    it(`takes the backup when the primary ${what} is damaged`, () => {
      const gpt = Gpt.read(changed((bytes) => bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)));
      expect(gpt.source).to.equal('backup');
      expect(gpt.partitions).to.have.length(3);
    });

  it('reports damage when both are gone', () => {
    const both = changed((bytes) => bytes.fill(0, 512, 1024).fill(0, last));
    expect(() => Gpt.read(both)).to.throw(FileSystemDamage, /primary partition table: no signature/);
  });

  it('reports a disk without any', () => {
    writeFileSync(scratch.file('tiny'), Buffer.alloc(512));
    expect(() => Gpt.read(new RawImage(scratch.file('tiny')))).to.throw(FileSystemDamage, /too small/);
  });
});
