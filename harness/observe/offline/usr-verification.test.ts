import { expect } from 'chai';
import type { Manifest } from '../observation.ts';
import { damaged, file, hardlink, memoryFileSystem, symlink, type MemoryNode } from './memory-file-system.ts';
import { readManifest } from './manifest.ts';
import { verifyUsr } from './usr-verification.ts';

describe('verification of /usr from the disk', () => {
  const shipped: Record<string, MemoryNode> = {
    'usr/bin/tool': file('tool', { mode: 0o4755, xattrs: { 'security.capability': '01' } }),
    'usr/lib/a': file('same'),
    'usr/lib/b': file('same'),
    'usr/lib/link': symlink('a'),
  };
  const expected: Manifest = readManifest(memoryFileSystem(shipped), '/usr')!;
  const deployed = (changes: Record<string, MemoryNode> = {}, without: string[] = []): string[] => {
    const tree = Object.fromEntries(
      Object.entries({ ...shipped, ...changes })
        .filter(([path]) => !without.includes(path))
        .map(([path, node]) => [`d/${path}`, node]),
    );
    return verifyUsr(memoryFileSystem(tree), '/d', expected).differences;
  };

  it('is clean for what was shipped, hard links or not', () => {
    const fs = memoryFileSystem({ ...shipped, 'usr/lib/b': hardlink('usr/lib/a') });
    expect(verifyUsr(fs, '', expected)).to.deep.equal({ differences: [], filesVerified: 3, method: 'manifest' });
  });

  const broken: [string, string[]][] = [
    [
      '/usr/bin/tool: mode 0755, not 4755',
      deployed({ 'usr/bin/tool': file('tool', { mode: 0o755, xattrs: { 'security.capability': '01' } }) }),
    ],
    [
      '/usr/bin/tool: extended attribute security.capability',
      deployed({ 'usr/bin/tool': file('tool', { mode: 0o4755 }) }),
    ],
    ['/usr/lib/a: owner 1:2, not 0:0', deployed({ 'usr/lib/a': file('same', { uid: 1, gid: 2 }) })],
    ['/usr/lib/a: 0 bytes, not 4', deployed({ 'usr/lib/a': file('') })],
    ['/usr/lib/a: sha256 ', deployed({ 'usr/lib/a': file('SAME') })],
    ['/usr/lib/link: target b, not a', deployed({ 'usr/lib/link': symlink('b') })],
    ['/usr/lib/link: type file, not symlink', deployed({ 'usr/lib/link': file('a') })],
    ['/usr/lib/a: cannot be read: Damaged file system', deployed({ 'usr/lib/a': damaged(file('same')) })],
    ['/usr/lib/b: missing', deployed({}, ['usr/lib/b'])],
    ['/usr/lib/new\\u{a}line: not in the image', deployed({ 'usr/lib/new\nline': file('') })],
  ];
  for (const [what, differences] of broken)
    it(`says ${JSON.stringify(what)}`, () => {
      expect(differences).to.have.length(1);
      expect(differences[0]).to.satisfy((text: string) => text.startsWith(what), `got ${differences[0]}`);
    });

  it('says that all of it is missing', () => {
    expect(verifyUsr(memoryFileSystem({ d: file('') }), '/d', expected).differences).to.deep.equal(['/usr: missing']);
  });

  it('stops after 100 differences', () => {
    const extra = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`usr/x${i}`, file('')]));
    expect(deployed(extra)).to.have.length(100);
    expect(
      verifyUsr(memoryFileSystem({ 'usr/a': file('') }), '', {
        ...expected,
        ...readManifest(memoryFileSystem(extra), '/usr'),
      }).differences,
    ).to.have.length(100);
  });
});
