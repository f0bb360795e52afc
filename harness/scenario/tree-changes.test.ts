import { expect } from 'chai';
import fc from 'fast-check';
import type { Manifest } from '../observe/observation.ts';
import { treeChanges } from './tree-changes.ts';

const file = (more: Partial<Manifest[string]> = {}): Manifest[string] => ({
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 1,
  sha256: 'a'.repeat(64),
  ...more,
});
const tree: Manifest = { '': file({ type: 'dir' }), 'data/a': file(), 'data/b': file(), 'database/c': file() };

describe('treeChanges', () => {
  it('finds nothing between a tree and itself', () => {
    expect(treeChanges(tree, structuredClone(tree))).to.deep.equal([]);
  });

  it('names what was added, is gone, and is another, by its path', () => {
    const { 'data/b': _gone, ...rest } = tree;
    const after = { ...rest, 'data/a': file({ xattrs: { 'trusted.overlay.opaque': '79' } }), 'data/new': file() };
    expect(treeChanges(tree, after)).to.deep.equal(['data/a: xattrs', 'data/b: gone', 'data/new: added']);
  });

  it('sees a hard link that became a file of its own', () => {
    const linked = { ...tree, 'data/b': file({ hardlinkOf: 'data/a' }) };
    expect(treeChanges(linked, tree)).to.deep.equal(['data/b: hardlink']);
  });

  it('looks below the path alone, and not at what is named', () => {
    const after = { ...tree, 'database/c': file({ size: 2 }), 'data/b': file({ uid: 1 }) };
    expect(treeChanges(tree, after, { below: 'data' })).to.deep.equal(['data/b: owner']);
    expect(treeChanges(tree, after, { apartFrom: ['data/b'] })).to.deep.equal(['database/c: content']);
  });

  it('refuses to compare nothing', () => {
    expect(() => treeChanges(tree, tree, { below: 'dat' })).to.throw(/Nothing to compare/);
    expect(() => treeChanges(undefined, tree)).to.throw(/Nothing to compare/);
  });

  it('says of any changed entry that it changed', () => {
    const change = fc.constantFrom<Partial<Manifest[string]>>({ mode: 0 }, { uid: 7 }, { gid: 7 }, { size: 9 });
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(tree)), change, (path, how) => {
        fc.pre(!(tree[path]!.type === 'dir' && 'size' in how));
        expect(treeChanges(tree, { ...tree, [path]: { ...tree[path]!, ...how } })).to.have.length(1);
      }),
    );
  });
});
