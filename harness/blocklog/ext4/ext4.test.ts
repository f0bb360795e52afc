import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import { InternalError } from '../../errors/harness-error.ts';
import { RawImage } from '../raw-image.ts';
import { ScratchDirectory } from '../scratch-directory.ts';
import { debugfs, e2fs, makeImage, makeSourceTree } from './built-image.ts';
import type { Ext4 } from './ext4.ts';
import { openFirmwareView, openKernelView } from './views.ts';

const sha256 = (parts: Iterable<Buffer>): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

/** path -> everything that the tree and the image must agree on. */
function describeSource(root: string, path = ''): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const name of readdirSync(join(root, path))) {
    const inside = join(path, name);
    const stat = lstatSync(join(root, inside));
    const common = { mode: stat.mode & 0o7777, uid: stat.uid, gid: stat.gid };
    if (stat.isDirectory()) Object.assign(all, { [inside]: { type: 'dir', ...common } }, describeSource(root, inside));
    else if (stat.isSymbolicLink())
      all[inside] = { type: 'symlink', ...common, target: readlinkSync(join(root, inside)) };
    else if (stat.isFIFO()) all[inside] = { type: 'fifo', ...common };
    else
      all[inside] = {
        type: 'file',
        ...common,
        size: stat.size,
        links: stat.nlink,
        sha256: sha256([readFileSync(join(root, inside))]),
      };
  }
  return all;
}

function describeImage(fs: Ext4, path = ''): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const { name, inode: number } of fs.readdir(fs.lookup(`/${path}`)!)) {
    const inside = join(path, name);
    if (inside === 'lost+found') continue;
    const inode = fs.inode(number);
    const common = { mode: inode.mode, uid: inode.uid, gid: inode.gid };
    if (inode.type === 'dir') Object.assign(all, { [inside]: { type: 'dir', ...common } }, describeImage(fs, inside));
    else if (inode.type === 'symlink') all[inside] = { type: 'symlink', ...common, target: fs.readlink(inode) };
    else if (inode.type === 'file')
      all[inside] = {
        type: 'file',
        ...common,
        size: inode.sizeBytes,
        links: inode.links,
        sha256: sha256(fs.chunks(inode)),
      };
    else all[inside] = { type: inode.type, ...common };
  }
  return all;
}

const variants: [string, string[], { farBytes: number; reindex?: true }][] = [
  ['of the defaults, with hashed directories', [], { farBytes: 20 << 20, reindex: true }],
  [
    'with 1 KiB blocks and the block maps of ext2',
    ['-b', '1024', '-I', '128', '-O', '^extent,^64bit,^flex_bg,^metadata_csum'],
    { farBytes: 70 << 20 },
  ],
  [
    'with meta_bg and small groups',
    ['-b', '1024', '-g', '1024', '-O', 'meta_bg,^resize_inode,^flex_bg'],
    { farBytes: 3 << 20 },
  ],
  ['with inline data', ['-I', '256', '-O', 'inline_data'], { farBytes: 3 << 20 }],
  ['with bigalloc', ['-O', 'bigalloc'], { farBytes: 3 << 20 }],
  ['without journal, in 2 KiB blocks', ['-b', '2048', '-O', '^has_journal'], { farBytes: 3 << 20 }],
];

describe('Ext4', function () {
  this.timeout(60_000);
  let scratch: ScratchDirectory;
  before(() => (scratch = new ScratchDirectory()));
  after(() => scratch.remove());

  for (const [i, [what, options, { farBytes, reindex }]] of variants.entries())
    it(`reads a tree as it was put in: a file system ${what}`, async () => {
      const source = scratch.file(`source-${i}`);
      makeSourceTree(source, { many: 600, farBytes });
      await execa('mkfifo', [join(source, 'fifo')]);
      const image = scratch.file(`image-${i}`);
      await makeImage(image, source, ['-N', '4096', ...options], '48M');
      // With inline data, mke2fs forgets the hole at the end of a file.
      if (options.includes('inline_data'))
        await debugfs(
          image,
          ['far', 'broken-up', 'hole-last'].map(
            (name) => `set_inode_field /${name} size ${lstatSync(join(source, name)).size}`,
          ),
        );
      if (reindex) await e2fs('e2fsck', ['-fyD', image], [0, 1]);
      const device = new RawImage(image);
      const expected = describeSource(source);
      expect(Object.keys(expected)).to.have.length.greaterThan(600);
      for (const open of [openFirmwareView, openKernelView])
        expect(describeImage(open(device))).to.deep.equal(expected);
      const fs = openKernelView(device);
      const listed = (await e2fs('debugfs', ['-R', 'ls -p /many', image]))
        .split('\n')
        .flatMap((line) => (line.startsWith('/') ? [line.split('/')] : []))
        .map(([, inode, , , , name]) => `${inode} ${name}`)
        .filter((line) => !/ \.{1,2}$/.test(line));
      expect(fs.readdir(fs.lookup('/many')!).map(({ name, inode }) => `${inode} ${name}`)).to.have.members(listed);
      expect(fs.label).to.equal('built');
      device.close();
    });

  describe('in detail', () => {
    let device: RawImage;
    let fs: Ext4;
    const acl = Buffer.from(
      '0200000001000600ffffffff02000700e803000004000400ffffffff10000700ffffffff20000400ffffffff',
      'hex',
    );
    before(async () => {
      const source = scratch.file('source-detail');
      makeSourceTree(source, { many: 10, farBytes: 1 << 20 });
      const image = scratch.file('image-detail');
      await makeImage(image, source, ['-b', '4096', '-O', 'ea_inode'], '32M');
      for (const [name, bytes] of [
        ['big', 3000],
        ['huge', 4096],
      ] as const)
        writeFileSync(scratch.file(name), Buffer.alloc(bytes, name));
      writeFileSync(scratch.file('acl'), acl);
      await debugfs(image, [
        'ea_set /short user.small value',
        'ea_set /short security.selinux system_u:object_r:etc_t:s0',
        `ea_set -f ${scratch.file('big')} /short user.big`,
        `ea_set -f ${scratch.file('huge')} /medium trusted.huge`,
        `ea_set -f ${scratch.file('acl')} /medium system.posix_acl_access`,
        'ea_set /sub user.on-dir yes',
        'set_inode_field /large uid 100000',
        'set_inode_field /large gid 70000',
        'mknod chardev c 4 64',
        'mknod blockdev b 8 1',
      ]);
      device = new RawImage(image);
      fs = openKernelView(device);
    });
    after(() => device.close());

    it('reads extended attributes in the inode, in a block and in an inode of their own', () => {
      expect(fs.xattrs(fs.lookup('/short')!)).to.deep.equal({
        'user.small': Buffer.from('value'),
        'security.selinux': Buffer.from('system_u:object_r:etc_t:s0'),
        'user.big': readFileSync(scratch.file('big')),
      });
      expect(fs.xattrs(fs.lookup('/medium')!)).to.deep.equal({
        'trusted.huge': readFileSync(scratch.file('huge')),
        'system.posix_acl_access': acl,
      });
      expect(fs.xattrs(fs.lookup('/sub')!)).to.deep.equal({ 'user.on-dir': Buffer.from('yes') });
      expect(fs.xattrs(fs.lookup('/zero')!)).to.deep.equal({});
    });

    it('reads owners beyond 16 bits, and devices', () => {
      const { uid, gid } = fs.lookup('/large')!;
      expect([uid, gid]).to.deep.equal([100_000, 70_000]);
      expect(fs.lookup('/chardev')?.type).to.equal('char');
      expect(fs.lookup('/blockdev')?.type).to.equal('block');
    });

    it('looks paths up without following symlinks', () => {
      expect(fs.lookup('/')?.number).to.equal(2);
      expect(fs.lookup('//sub/./deeper/')?.type).to.equal('dir');
      expect(fs.lookup('/sub/deeper/../hard')?.number).to.equal(fs.lookup('/short')?.number);
      expect(fs.lookup('/link')?.type).to.equal('symlink');
      for (const nowhere of ['/nope', '/short/x', '/link/x', '/sub/nope/x'])
        expect(fs.lookup(nowhere)).to.equal(undefined);
    });

    it('refuses what the caller must not ask for', () => {
      expect(() => fs.readFile(fs.lookup('/large')!, 1000)).to.throw(InternalError, /more than the 1000 allowed/);
      expect(() => fs.readFile(fs.lookup('/sub')!)).to.throw(InternalError, /is a dir, not a file/);
      expect(() => fs.readlink(fs.lookup('/short')!)).to.throw(InternalError);
      expect(() => fs.readdir(fs.lookup('/short')!)).to.throw(InternalError, /no directory/);
      expect(() => openKernelView(device).inode(0)).to.throw(/inode 0/);
    });

    it('has the space of the superblock', async () => {
      const facts = await e2fs('dumpe2fs', ['-h', scratch.file('image-detail')]);
      const fact = (name: string): number => Number(new RegExp(`^${name}: +(\\d+)$`, 'm').exec(facts)?.[1]);
      expect(fs.usage).to.deep.equal({
        freeBytes: fact('Free blocks') * fact('Block size'),
        totalBytes: fact('Block count') * fact('Block size'),
      });
    });
  });
});
