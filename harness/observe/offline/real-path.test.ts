import { expect } from 'chai';
import { dir, file, memoryFileSystem, symlink } from './memory-file-system.ts';
import { realPath } from './real-path.ts';

describe('real path', () => {
  const fs = memoryFileSystem({
    'a/b/file': file('x'),
    'a/up': symlink('../c'),
    c: dir(),
    'c/abs': symlink('/a/b'),
    boot: symlink('.'),
    loop: symlink('loop2'),
    loop2: symlink('loop'),
    dangling: symlink('nowhere/at/all'),
    escape: symlink('../../../a'),
  });

  it('follows relative and absolute links, and stays inside the file system', () => {
    expect(realPath(fs, '/a/up/abs/file')?.path).to.equal('/a/b/file');
    expect(realPath(fs, '/boot/boot/a/b')?.path).to.equal('/a/b');
    expect(realPath(fs, '/escape/b/file')?.path).to.equal('/a/b/file');
    expect(realPath(fs, '/')?.path).to.equal('/');
  });

  it('leads nowhere for a loop, a dangling link, and a file used as a directory', () => {
    for (const path of ['/loop', '/dangling', '/a/b/file/..', '/a/b/file/x', '/missing'])
      expect(realPath(fs, path), path).to.equal(undefined);
  });

  it('refuses an absolute link on request', () => {
    expect(realPath(fs, '/c/abs', { refuseAbsolute: true })).to.equal(undefined);
    expect(realPath(fs, '/a/up', { refuseAbsolute: true })?.path).to.equal('/c');
  });
});
