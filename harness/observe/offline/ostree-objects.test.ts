import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { file, memoryFileSystem, symlink, type MemoryNode } from './memory-file-system.ts';
import { checkCommit, type ObjectCheckOptions } from './ostree-objects.ts';
import { OstreeRepo, parseCommit } from './ostree-repo.ts';

// A commit made by ostree 2022.7 (mode bare) of usr/{bin/{hello,hi -> hello},empty/,zero}; hello is setuid and has two attributes.
const commit = 'cfd7290fbf16be714d8b8b5c5f17352248a8b175d5342b2aa22ff8b30e4d72d5';
const commitBytes = Buffer.from(
  'dmVyc2lvbgAxLjIAAHMIAG9zdHJlZS5yZWYtYmluZGluZwAAAAAAAHgAAgBhcxMPL3N1YmplY3QAYm9keQAAAAAAAABpVbkAQBVgLupNmWiQzfNWDtVlK9ox' +
    '7gAfGZMVDyyhygiOJOtEag7xG3zBZ/O2A+WFx+7utnX6pBLV7HP2KYjrC2xUiGg+OTExMQ==',
  'base64',
);
const hello = 'objects/f5/f17ad0f9fa42287c4ee8cee2c77449f7cbbe5c486b2dbd0e91c75b4e9f1ac9.file';
const zero = 'objects/29/58549fbd9cadacc3ce6c5b8981c9f27adb8594e800e12c65f62ece1bbeb633.file';
const hi = 'objects/73/baaba0102e9154b8522687d33eedb8ed1bc78eadb82428b2616144ec502934.file';
const binTree = 'objects/e5/c95f8f9879b7c400fbac0a83ddfe40b76476e6aed0523b18ac7041321a828d.dirtree';
const usrTree = 'objects/50/71279536127832cf3cffe8852f002d81d4bc954de563b8e81c99744438f83b.dirtree';
const attributes = { mode: 0o4755, xattrs: { 'user.b': '74776f', 'user.a': '6f6e65' } };
const objects: Record<string, MemoryNode> = {
  config: file('[core]\nrepo_version=1\nmode=bare\n'),
  [`objects/cf/${commit.slice(2)}.commit`]: file(commitBytes),
  'objects/44/6a0ef11b7cc167f3b603e585c7eeeeb675faa412d5ec73f62988eb0b6c5488.dirmeta': file(
    Buffer.from('AAAAAAAAAAAAAEHt', 'base64'),
  ),
  'objects/40/15602eea4d996890cdf3560ed5652bda31ee001f1993150f2ca1ca088e24eb.dirtree': file(
    Buffer.from(
      'dXNyAFBxJ5U2Engyzzz/6IUvAC2B1LyVTeVjuOgcmXREOPg7RGoO8Rt8wWfztgPlhcfu7rZ1+qQS1exz9imI6wtsVIgkBEYA',
      'base64',
    ),
  ),
  [usrTree]: file(
    Buffer.from(
      'emVybwApWFSfvZytrMPObFuJgcnyetuFlOgA4Sxl9i7OG762MwUmYmluAOXJX4+YebfEAPusCoPd/kC3ZHbmrtBSOxiscEEyGoKNRGoO8Rt8wWfztgPlhcfu' +
        '7rZ1+qQS1exz9imI6wtsVIgkBGVtcHR5AG40C5z/s3qYnKVE5rt4Cix4kB0/szc4doURowYXr6AdRGoO8Rt8wWfztgPlhcfu7rZ1+qQS1exz9imI6wts' +
        'VIgmBkaOJw==',
      'base64',
    ),
  ),
  'objects/6e/340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d.dirtree': file(Buffer.alloc(1)),
  [binTree]: file(
    Buffer.from(
      'aGVsbG8A9fF60Pn6Qih8TujO4sd0SffLvlxIay29DpHHW06fGskGaGkAc7qroBAukVS4UiaH0z7tuO0bx46tuCQosmFhROxQKTQDJ0tN',
      'base64',
    ),
  ),
  [hello]: file('hello\n', attributes),
  [zero]: file('', { uid: 3, gid: 7 }),
  [hi]: symlink('hello'),
};

describe('objects of an ostree repository', () => {
  const check = (changes: Record<string, MemoryNode | undefined> = {}, options: ObjectCheckOptions = {}): string[] => {
    const tree = Object.entries({ ...objects, ...changes }).flatMap(([path, node]) =>
      node ? [[`r/${path}`, node]] : [],
    );
    const repo = new OstreeRepo(memoryFileSystem(Object.fromEntries(tree) as Record<string, MemoryNode>), '/r');
    return checkCommit(repo, commit, options).problems.map(
      ({ object, problem, path }) => `${path} ${problem} ${object.replace(/.*\./, '')}`,
    );
  };
  const all: ObjectCheckOptions = { content: 'checksum' };

  it('finds a commit made by ostree whole, to the last content object', () => {
    const fs = memoryFileSystem(Object.fromEntries(Object.entries(objects).map(([path, node]) => [`r/${path}`, node])));
    expect(checkCommit(new OstreeRepo(fs, '/r'), commit, all)).to.deep.equal({
      commit,
      problems: [],
      objectsChecked: 9,
    });
  });

  it('reads the version of a commit', () => {
    expect(parseCommit(commitBytes)).to.include({ version: '1.2', parent: undefined });
  });

  const damaged: [string, Record<string, MemoryNode | undefined>, string[]][] = [
    ['a missing file', { [hello]: undefined }, ['/usr/bin/hello missing file']],
    ['an empty file', { [hello]: file('', attributes) }, ['/usr/bin/hello empty file']],
    ['a missing empty file', { [zero]: undefined }, ['/usr/zero missing file']],
    ['a missing directory', { [binTree]: undefined }, ['/usr/bin missing dirtree']],
    ['an empty directory object', { [binTree]: file('') }, ['/usr/bin empty dirtree']],
    ['a torn directory object', { [usrTree]: file(Buffer.alloc(64)) }, ['/usr checksum-mismatch dirtree']],
    ['a missing commit', { [`objects/cf/${commit.slice(2)}.commit`]: undefined }, ['/ missing commit']],
    ['a partial commit', { [`state/${commit}.commitpartial`]: file('') }, ['/ partial commit']],
  ];
  for (const [what, changes, problems] of damaged)
    it(`finds ${what} without reading content`, () => expect(check(changes)).to.deep.equal(problems));

  const changed: [string, Record<string, MemoryNode>, string][] = [
    ['content', { [hello]: file('HELLO\n', attributes) }, '/usr/bin/hello'],
    ['mode', { [hello]: file('hello\n', { ...attributes, mode: 0o755 }) }, '/usr/bin/hello'],
    ['an attribute', { [hello]: file('hello\n', { mode: 0o4755 }) }, '/usr/bin/hello'],
    ['owner of a link', { [hi]: symlink('hello', { uid: 1 }) }, '/usr/bin/hi'],
    ['target of a link', { [hi]: symlink('hullo') }, '/usr/bin/hi'],
  ];
  for (const [what, changes, path] of changed)
    it(`finds changed ${what} when content is read`, () => {
      expect(check(changes)).to.deep.equal([]);
      expect(check(changes, all)).to.deep.equal([`${path} checksum-mismatch file`]);
    });

  it('refuses a repository of another mode', () => {
    expect(() => check({ config: file('[core]\nmode=bare-user\n') }))
      .to.throw()
      .with.property('code', 'ostree-repo-mode');
  });

  it('calls an object malformed whose name is right and whose bytes are not a GVariant', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (bytes) => {
        const name = createHash('sha256').update(bytes).digest('hex');
        const path = `r/objects/${name.slice(0, 2)}/${name.slice(2)}.commit`;
        const fs = memoryFileSystem({ 'r/config': objects['config']!, [path]: file(Buffer.from(bytes)) });
        const { problems } = checkCommit(new OstreeRepo(fs, '/r'), name);
        expect(problems.map(({ problem }) => problem)).to.deep.equal(['malformed']);
      }),
    );
  });
});
