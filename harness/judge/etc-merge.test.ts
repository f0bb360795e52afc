import { expect } from 'chai';
import type { Manifest } from '../observe/observation.ts';
import { mergeEtc } from './etc-merge.ts';
import { dir, fifo, file, link } from './test-transition.ts';

const d = { d: dir() };
const conflict = 'conflict';

/** The result, or `conflict`. */
function merged(oldDefaults: Manifest, local: Manifest, newDefaults: Manifest): Manifest | typeof conflict {
  const result = mergeEtc({ oldDefaults, local, newDefaults });
  return result.merged ? result.etc : conflict;
}

interface Case {
  readonly change: string;
  readonly old: Manifest;
  readonly local: Manifest;
  /** What upstream made of it, and what has to come out. */
  readonly upstream: Readonly<Record<string, readonly [newDefaults: Manifest, expected: Manifest | typeof conflict]>>;
}

/** The upstream side of most cases: d/x as it was, with another content, gone, a directory. */
const same = { ...d, 'd/x': file('old') };
const changed = { ...d, 'd/x': file('new') };
const gone = d;
const toDir = { ...d, 'd/x': dir(), 'd/x/z': file('z') };
const mine = { ...d, 'd/x': file('mine') };
const chmodded = { ...d, 'd/x': file('old', { mode: 0o600, uid: 5 }) };
const locked = { d: dir({ mode: 0o700 }), 'd/x': file('old') };
const linked = { ...d, 'd/x': link('../y') };
const filled = { ...d, 'd/x': dir(), 'd/x/y': file('y') };

const table: readonly Case[] = [
  {
    change: 'edit',
    old: same,
    local: mine,
    upstream: {
      same: [same, mine],
      changed: [changed, mine],
      removed: [gone, mine],
      'type changed': [toDir, conflict],
    },
  },
  {
    change: 'delete',
    old: same,
    local: d,
    upstream: { same: [same, d], changed: [changed, d], removed: [gone, d], 'type changed': [toDir, d] },
  },
  {
    change: 'add',
    old: d,
    local: mine,
    upstream: {
      same: [d, mine],
      'changed: upstream adds it too': [changed, mine],
      'removed: its directory is gone': [{}, mine],
      'type changed: upstream adds a directory': [toDir, conflict],
    },
  },
  {
    change: 'chmod and chown',
    old: same,
    local: chmodded,
    upstream: {
      same: [same, chmodded],
      'changed: the old content comes along': [changed, chmodded],
      removed: [gone, chmodded],
      'type changed': [toDir, conflict],
    },
  },
  {
    change: 'xattr only: not seen as a change',
    old: same,
    local: { ...d, 'd/x': file('old', { xattrs: { 'user.a': '01' } }) },
    upstream: {
      same: [same, same],
      changed: [changed, changed],
      removed: [gone, gone],
      'type changed': [toDir, toDir],
    },
  },
  {
    change: 'symlink to file',
    old: linked,
    local: mine,
    upstream: {
      same: [linked, mine],
      changed: [{ ...d, 'd/x': link('other') }, mine],
      removed: [gone, mine],
      'type changed to a file': [changed, mine],
      'type changed to a directory': [toDir, conflict],
    },
  },
  {
    change: 'file to symlink',
    old: same,
    local: linked,
    upstream: {
      same: [same, linked],
      changed: [changed, linked],
      removed: [gone, linked],
      'type changed': [toDir, conflict],
    },
  },
  {
    change: 'file to directory',
    old: same,
    local: filled,
    upstream: {
      same: [same, filled],
      changed: [changed, filled],
      removed: [gone, filled],
      'type changed likewise: what the local directory holds is not carried over': [toDir, toDir],
    },
  },
  {
    change: 'directory to file',
    old: filled,
    local: mine,
    upstream: {
      'same: even then finalize fails': [filled, conflict],
      changed: [{ ...filled, 'd/x/y': file('new') }, conflict],
      removed: [gone, mine],
      'type changed likewise': [changed, mine],
    },
  },
  {
    change: 'directory deleted',
    old: filled,
    local: d,
    upstream: {
      same: [filled, d],
      'changed: what upstream put in goes too': [{ ...filled, 'd/x/w': file('w') }, d],
      removed: [gone, d],
      'type changed': [changed, d],
    },
  },
  {
    change: 'edit of a file whose parent',
    old: same,
    local: { d: dir({ mode: 0o700 }), 'd/x': file('mine') },
    upstream: {
      'is the same: takes the local mode': [same, { d: dir({ mode: 0o700 }), 'd/x': file('mine') }],
      'changed its mode: keeps the local one': [
        { d: dir({ mode: 0o750 }), 'd/x': file('old') },
        { d: dir({ mode: 0o700 }), 'd/x': file('mine') },
      ],
      'is gone: made again': [{}, { d: dir({ mode: 0o700 }), 'd/x': file('mine') }],
    },
  },
  {
    change: 'edit of a file whose parent, itself unchanged,',
    old: same,
    local: mine,
    upstream: {
      'became a file': [{ d: file('now a file') }, conflict],
      'became a link to a directory: it is followed': [
        { d: link('./e'), e: dir({ mode: 0o750 }) },
        { d: link('./e'), e: dir(), 'e/x': file('mine') },
      ],
      'became a dangling link': [{ d: link('nowhere') }, conflict],
      'became a link to itself': [{ d: link('d') }, conflict],
    },
  },
  {
    change: 'deletion of a file whose parent',
    old: same,
    local: d,
    upstream: { 'is gone': [{}, {}], 'became a file': [{ d: file('now a file') }, conflict] },
  },
  {
    change: 'chmod of a directory alone',
    old: same,
    local: locked,
    upstream: {
      'same: not carried over': [same, same],
      'changed: not carried over': [changed, changed],
      'removed: comes back with all that it holds': [{}, locked],
      'type changed: comes back with all that it holds': [{ d: file('now a file') }, locked],
    },
  },
  {
    change: 'file to fifo',
    old: same,
    local: { ...d, 'd/x': fifo() },
    upstream: {
      'same: the default is unlinked and nothing takes its place': [same, d],
      changed: [changed, d],
      removed: [gone, d],
      'type changed': [toDir, conflict],
    },
  },
  {
    change: 'fifo added',
    old: {},
    local: { p: fifo() },
    upstream: { same: [{}, {}], 'changed: upstream adds a file, which goes too': [{ p: file('p') }, {}] },
  },
  {
    // Before 2024.2 ostree fails here instead: "Cannot copy non-regular/non-symlink file".
    change: 'directory added, with a fifo in it',
    old: {},
    local: { e: dir(), 'e/p': fifo(), 'e/f': file('f') },
    upstream: { same: [{}, { e: dir(), 'e/f': file('f') }] },
  },
  {
    change: 'hard link added',
    old: same,
    local: { ...same, 'd/n': { ...file('old', { hardlinkOf: 'd/x' }) } },
    upstream: {
      same: [same, { ...same, 'd/n': file('old') }],
      changed: [changed, { ...changed, 'd/n': file('old') }],
      removed: [gone, { ...d, 'd/n': file('old') }],
      'type changed': [toDir, { ...toDir, 'd/n': file('old') }],
    },
  },
];

describe('mergeEtc', () => {
  for (const { change, old, local, upstream } of table)
    describe(change, () => {
      for (const [what, [newDefaults, expected]] of Object.entries(upstream))
        it(`default ${what}`, () => expect(merged(old, local, newDefaults)).to.deep.equal(expected));
    });

  it('names the path of a conflict', () => {
    const result = mergeEtc({ oldDefaults: same, local: mine, newDefaults: toDir });
    expect(result).to.deep.include({ merged: false });
    expect(!result.merged && result.conflict.path).to.equal('d/x');
  });

  it('does not judge what goes through a link out of /etc', () => {
    const result = mergeEtc({ oldDefaults: same, local: mine, newDefaults: { d: link('/var/d') } });
    expect(result).to.deep.equal({ merged: true, etc: { d: link('/var/d') }, unjudged: ['d/x'] });
    const above = mergeEtc({ oldDefaults: same, local: d, newDefaults: { d: link('../var') } });
    expect(above.merged && above.unjudged).to.deep.equal(['d/x']);
  });

  it('keeps the directory itself as the new image ships it, and drops .updated', () => {
    expect(
      merged({ '': dir() }, { '': dir({ mode: 0o700 }), '.updated': file('1') }, { '': dir({ mode: 0o711 }) }),
    ).to.deep.equal({
      '': dir({ mode: 0o711 }),
    });
  });

  it('lays the extended attributes of a changed directory over the default ones', () => {
    const local = { d: dir({ xattrs: { 'user.a': '02' } }), 'd/x': file('mine') };
    const newDefaults = { d: dir({ xattrs: { 'user.a': '01', 'user.b': '01' } }) };
    expect(merged(same, local, newDefaults)).to.deep.equal({
      d: dir({ xattrs: { 'user.a': '02', 'user.b': '01' } }),
      'd/x': file('mine'),
    });
  });
});
