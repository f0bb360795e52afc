import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { manifest as schema } from '../observation.ts';
import { dir, fifo, file, hardlink, memoryFileSystem, symlink } from './memory-file-system.ts';
import { readManifest } from './manifest.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('manifest of a tree', () => {
  it('has every kind of entry with all of its attributes', () => {
    const fs = memoryFileSystem({
      var: symlink('real'),
      real: dir({ mode: 0o700, uid: 5, gid: 6 }),
      'real/zz': file('hello', { mode: 0o4755, uid: 1, gid: 2, xattrs: { 'user.b': 'ff', 'user.a': '00' } }),
      'real/link': symlink('../x'),
      'real/pipe': fifo(),
      'real/sub/name': hardlink('real/zz'),
      'real/__proto__': file(''),
      other: file('not in it'),
    });
    const found = readManifest(fs, '/var');
    const hello = {
      mode: 0o4755,
      uid: 1,
      gid: 2,
      size: 5,
      sha256: sha256('hello'),
      xattrs: { 'user.a': '00', 'user.b': 'ff' },
    };
    expect(Object.keys(found!).sort()).to.deep.equal(['', '__proto__', 'link', 'pipe', 'sub', 'sub/name', 'zz']);
    expect(found).to.deep.include({
      '': { type: 'dir', mode: 0o700, uid: 5, gid: 6, size: 0 },
      link: { type: 'symlink', mode: 0o777, uid: 0, gid: 0, size: 0, target: '../x' },
      pipe: { type: 'fifo', mode: 0o644, uid: 0, gid: 0, size: 0 },
      // The smallest path is the first name, not the one that was found first.
      'sub/name': { type: 'file', ...hello },
      zz: { type: 'file', ...hello, hardlinkOf: 'sub/name' },
    });
    expect(schema.parse(found)).to.be.an('object');
  });

  it('leaves out paths with what is below them, and hashes of large files', () => {
    const fs = memoryFileSystem({ 'v/a/b': file('1'), 'v/ab': file('22'), 'v/c': file('333') });
    const found = readManifest(fs, '/v', { leaveOut: ['a'], hashUpToBytes: 2 })!;
    expect(Object.keys(found).sort()).to.deep.equal(['', 'ab', 'c']);
    expect(found['ab']?.sha256).to.equal(sha256('22'));
    expect(found['c']).to.deep.equal({ type: 'file', mode: 0o644, uid: 0, gid: 0, size: 3 });
  });

  it('is absent for what is no directory', () => {
    const fs = memoryFileSystem({ a: file('1') });
    expect(readManifest(fs, '/a')).to.equal(undefined);
    expect(readManifest(fs, '/b')).to.equal(undefined);
  });

  it('stops at a directory inside itself, at a name with a slash, and at its bound', () => {
    const loop = memoryFileSystem({ 'v/a': dir(), 'v/a/b': hardlink('v/a') });
    expect(() => readManifest(loop, '/v'))
      .to.throw('directory inside itself')
      .with.property('code', 'file-system-damaged');
    const fs = memoryFileSystem({ 'v/a': file('1'), 'v/b': file('1') });
    expect(() => readManifest({ ...fs, readdir: () => [{ name: 'x/y', inode: 3 }] }, '/v')).to.throw('none can be');
    expect(Object.keys(readManifest(fs, '/v', { entryLimit: 3 })!)).to.have.length(3);
    expect(() => readManifest(fs, '/v', { entryLimit: 2 }))
      .to.throw()
      .with.property('code', 'tree-too-large');
  });
});
