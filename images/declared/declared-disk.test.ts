import { expect } from 'chai';
import { execa } from 'execa';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyRaw, lookAtDisk, staterootOf } from './declared-disk.ts';

const commit = 'c'.repeat(64);
const environment = { PATH: `${process.env['PATH']}:/usr/sbin:/sbin`, MKE2FS_SYNC: '0' };
const layout = (root: string): string => `label: gpt
start=2048, size=2048, name=boot
start=4096, size=16384, name=${root}
`;

describe('disk of an image set', () => {
  const directory = mkdtempSync(join(tmpdir(), 'declared-disk-'));
  after(() => rmSync(directory, { recursive: true }));
  const at = (name: string): string => join(directory, name);
  const codeOf = (work: () => unknown): Promise<string | undefined> =>
    Promise.resolve()
      .then(work)
      .then(
        () => undefined,
        (error: { code?: string }) => error.code,
      );

  async function makeDisk(name: string, { root = 'root', deployment = `${commit}.0` } = {}): Promise<string> {
    const tree = at(`${name}-tree`);
    mkdirSync(join(tree, 'ostree/deploy/default/deploy', deployment), { recursive: true });
    writeFileSync(at(name), '');
    truncateSync(at(name), 16 << 20);
    await execa('sfdisk', ['--quiet', at(name)], { input: layout(root), env: environment });
    const options = ['-q', '-t', 'ext4', '-L', 'root', '-d', tree, '-E', `offset=${4096 * 512}`];
    await execa('mke2fs', [...options, at(name), '8M'], { env: environment });
    return at(name);
  }

  it('is told by its deployments, its stateroot, and the partitions that it lacks', async () => {
    const disk = lookAtDisk(await makeDisk('good.raw'));
    expect(disk).to.deep.equal({ deployments: [`default/${commit}.0`], lacks: ['marks'] });
    expect(staterootOf(disk, commit, 'good.raw')).to.equal('default');
  });

  it('must hold the image v1 of the file', async () => {
    const disk = lookAtDisk(await makeDisk('other.raw', { deployment: `${'d'.repeat(64)}.0` }));
    expect(await codeOf(() => staterootOf(disk, commit, 'x'))).to.equal('disk-of-another-image');
  });

  it('is refused where nothing on it could be booted', async () => {
    writeFileSync(at('zeros.raw'), Buffer.alloc(1 << 20));
    const unnamed = await makeDisk('unnamed.raw', { root: 'system' });
    const empty = await makeDisk('empty.raw', { deployment: 'not-one' });
    for (const path of [at('zeros.raw'), unnamed, empty])
      expect(await codeOf(() => lookAtDisk(path)), path).to.equal('disk-not-bootable');
  });

  it('is copied whole, and one that stands on another file is refused', async () => {
    const raw = await makeDisk('source.raw');
    await copyRaw(raw, at('copy.raw'));
    expect(readFileSync(at('copy.raw')).equals(readFileSync(raw))).to.equal(true);
    expect(await codeOf(() => copyRaw(at('absent'), at('none.raw')))).to.equal('disk-missing');
    const header = Buffer.alloc(512);
    header.write('QFI\xfb', 'latin1');
    header.writeUInt32BE(3, 4);
    writeFileSync(at('damaged.qcow2'), header);
    expect(await codeOf(() => copyRaw(at('damaged.qcow2'), at('none.raw')))).to.match(/no-qemu-img|disk-unreadable/);
    header.writeBigUInt64BE(104n, 8);
    writeFileSync(at('backed.qcow2'), header);
    expect(await codeOf(() => copyRaw(at('backed.qcow2'), at('none.raw')))).to.equal('disk-has-backing-file');
    expect(existsSync(at('none.raw'))).to.equal(false);
  });

  it('may be a qcow2', async function () {
    const raw = await makeDisk('for-qcow2.raw');
    const made = await execa('qemu-img', ['convert', '-O', 'qcow2', raw, at('disk.qcow2')], { reject: false });
    if (made.code === 'ENOENT') return this.skip();
    await copyRaw(at('disk.qcow2'), at('from-qcow2.raw'));
    expect(lookAtDisk(at('from-qcow2.raw')).deployments).to.deep.equal([`default/${commit}.0`]);
  });
});
