import { expect } from 'chai';
import fc from 'fast-check';
import type { Manifest, ManifestEntry } from '../observe/observation.ts';
import { mergeEtc } from './etc-merge.ts';
import { judge } from './judge.ts';
import { detached } from './test-breakage.ts';
import { cleanTransition, dir, digest, file, image, link } from './test-transition.ts';

const name = fc.constantFrom('a', 'b', 'c');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
const plain = fc.oneof(
  fc.constantFrom('1', '2', '3').map((content) => file(content)),
  fc.constantFrom('1', '2').map((content) => file(content, { mode: 0o600 })),
  fc.constant(dir()),
);
const withLinks = fc.oneof(plain, fc.constantFrom('a', 'b/c', '../c', '/x').map(link));

/** A tree that a file system could hold: directories where something lies below, no way through a file. */
function tree(entry: fc.Arbitrary<ManifestEntry>): fc.Arbitrary<Manifest> {
  return fc.array(fc.tuple(path, entry), { maxLength: 8 }).map((pairs) => {
    const result: Manifest = {};
    for (const [at, what] of pairs) {
      const parents = at
        .split('/')
        .slice(0, -1)
        .map((_, index, all) => all.slice(0, index + 1).join('/'));
      if (parents.some((parent) => (result[parent] ?? dir()).type !== 'dir')) continue;
      if (what.type !== 'dir' && Object.keys(result).some((other) => other.startsWith(`${at}/`))) continue;
      for (const parent of parents) result[parent] ??= dir();
      result[at] = what;
    }
    return result;
  });
}

/** Whatever a device may send under the name of a manifest. */
const anything: fc.Arbitrary<Manifest> = fc.dictionary(
  fc.oneof(
    path,
    fc.string(),
    fc.constantFrom('', '/', 'a//b', '..', '__proto__', 'constructor', 'generation/1', 'generation/x'),
  ),
  fc.record(
    {
      type: fc.constantFrom('file', 'dir', 'symlink', 'fifo', 'char', 'block', 'socket'),
      mode: fc.nat(0o7777),
      uid: fc.nat(),
      gid: fc.nat(),
      size: fc.nat(),
      sha256: fc.constantFrom(digest('1'), digest('2')),
      target: fc.string(),
      xattrs: fc.dictionary(fc.string(), fc.string()),
      hardlinkOf: fc.oneof(path, fc.string()),
    },
    { requiredKeys: ['type', 'mode', 'uid', 'gid', 'size'] },
  ),
);

describe('mergeEtc, whatever the trees', () => {
  it('without a local change gives the new defaults', () => {
    fc.assert(
      fc.property(tree(withLinks), tree(withLinks), (oldDefaults, newDefaults) => {
        const result = mergeEtc({ oldDefaults, local: oldDefaults, newDefaults });
        expect(result).to.deep.equal({ merged: true, etc: newDefaults, unjudged: [] });
      }),
    );
  });

  it('with the same defaults gives the local tree, and fails exactly where a default directory became something else', () => {
    fc.assert(
      fc.property(tree(withLinks), tree(withLinks), (defaults, local) => {
        const result = mergeEtc({ oldDefaults: defaults, local, newDefaults: defaults });
        const shadowed = Object.entries(defaults).some(
          ([at, entry]) => entry.type === 'dir' && local[at] !== undefined && local[at].type !== 'dir',
        );
        expect(result.merged).to.equal(!shadowed);
        if (result.merged) expect(result.etc).to.deep.equal(local);
      }),
    );
  });

  it('is idempotent: the result, merged onto the same defaults again, stays', () => {
    fc.assert(
      fc.property(tree(plain), tree(plain), tree(plain), (oldDefaults, local, newDefaults) => {
        const once = mergeEtc({ oldDefaults, local, newDefaults });
        fc.pre(once.merged);
        expect(mergeEtc({ oldDefaults: newDefaults, local: once.etc, newDefaults })).to.deep.equal(once);
      }),
    );
  });

  it('never throws and changes none of its inputs', () => {
    fc.assert(
      fc.property(anything, anything, anything, (oldDefaults, local, newDefaults) => {
        const before = JSON.stringify([oldDefaults, local, newDefaults]);
        mergeEtc({ oldDefaults, local, newDefaults });
        expect(JSON.stringify([oldDefaults, local, newDefaults])).to.equal(before);
      }),
    );
  });
});

describe('judge, whatever the device sends', () => {
  const shape = fc
    .record({
      kind: fc.constantFrom('switch', 'update', 'rollback', 'automatic-rollback', 'reboot', 'stage-only', 'no-update'),
      fault: fc.constantFrom('off', 'none', 'before-commit', 'commit-issued', 'commit-flushed'),
      issuedEndsIn: fc.constantFrom('from', 'to'),
      fromPolicy: fc.constantFrom('merge', 'transient'),
      toPolicy: fc.constantFrom('merge', 'transient'),
      fromEtc: tree(withLinks),
      toEtc: tree(withLinks),
      localEtc: tree(withLinks),
    } as const)
    .map(({ fault, issuedEndsIn, ...r }) => {
      const from = image('v1', { defaultEtc: r.fromEtc, etcPolicy: r.fromPolicy });
      const unchanged = r.kind === 'reboot' || r.kind === 'no-update';
      const to = unchanged ? from : image('v2', { defaultEtc: r.toEtc, etcPolicy: r.toPolicy });
      const applies = ['switch', 'update', 'rollback'].includes(r.kind);
      return {
        kind: r.kind,
        from,
        to,
        localEtc: r.localEtc,
        ...(fault === 'off' ? {} : { fault }),
        ...(fault === 'commit-issued' && applies ? { running: issuedEndsIn } : {}),
      };
    });

  it('finds nothing in a clean transition', () => {
    fc.assert(
      fc.property(shape, (clean) => {
        const local = clean.from.etcPolicy === 'transient' ? clean.from.defaultEtc : clean.localEtc;
        const onto = { oldDefaults: clean.from.defaultEtc, local, newDefaults: clean.to.defaultEtc };
        // A conflict ends otherwise, and is tested with oracle 6.
        fc.pre(clean.kind === 'rollback' || mergeEtc(onto).merged);
        expect(judge(cleanTransition(clean))).to.deep.equal([]);
      }),
      { numRuns: 300 },
    );
  });

  it('never throws on arbitrary manifests, and is a function of its input', () => {
    fc.assert(
      fc.property(shape, anything, anything, anything, (clean, etc, canaries, drift) => {
        const t = detached(cleanTransition(clean));
        Object.assign(t.after, { etc, canaries, var: drift });
        if (t.offline) Object.assign(t.offline.kernel, { etc: canaries, canaries: etc });
        expect(judge(t)).to.deep.equal(judge(t));
      }),
    );
  });

  it('keeps messages and details bounded and printable', () => {
    const loud = '\u001b[31m\n\u2028\u009b'.repeat(500);
    const t = detached(cleanTransition());
    t.after.cmdline = loud;
    t.after.kernelProblems = Array.from({ length: 300 }, (_, n) => `${n} ${loud}`);
    t.after.etc = Object.fromEntries(t.after.kernelProblems.map((name) => [name, file('x')]));
    for (const { message, details } of judge(t)) {
      expect(message).to.match(/^[\x20-\x7e]*$/);
      expect(message.length + JSON.stringify(details).length).to.be.below(60_000);
    }
  });
});
