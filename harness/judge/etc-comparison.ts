import type { Manifest, ManifestEntry } from '../observe/observation.ts';
import { imageWords } from './deployment-name.ts';
import { differences, samePlace, type ComparisonOptions } from './entry-difference.ts';
import { expectedEtc, localEtc, type EtcExpectation } from './etc-expectation.ts';
import { listed, reporter, sample } from './evidence.ts';
import type { Finding } from './finding.ts';
import { treeOf } from './manifest-tree.ts';
import { covered } from './path-prefix.ts';
import type { Transition } from './transition.ts';

type Tree = ReadonlyMap<string, ManifestEntry>;

const words = {
  'etc-local-change-lost': 'A local change is gone',
  'etc-default-not-updated': 'The default of the system before is still there',
  'etc-mixture': 'What belongs to the other system is there',
  'etc-unexpected-change': 'Something that nobody asked for is there',
} as const;
type Code = keyof typeof words;

/** ostree labels /etc by the policy of the new image (selinux_relabel in prepare_deployment_etc), which a manifest does not know. */
const ignoredXattrs = ['security.selinux'];

/** Holds an /etc against the expectation for the system `commit`; one finding for each way to be wrong, with the paths. */
export function compareEtc(
  t: Transition,
  commit: string,
  expected: EtcExpectation,
  actual: Manifest,
  view: Finding['view'],
): Finding[] {
  const { violation } = reporter(6, view);
  // Copies never share an inode; only a directory that was left as it is keeps its hard links.
  const options: ComparisonOptions = { ignoredXattrs, hardlinks: expected.origin === 'kept' };
  const wanted = treeOf(expected.etc);
  const is = treeOf(actual);
  const excused = [...t.control.etcWritten, '.updated', ...expected.unjudged];
  const wrong = [...new Set([...wanted.keys(), ...is.keys()])]
    .filter((path) => (path !== '' || (wanted.has('') && is.has(''))) && !covered(path, excused))
    .filter((path) => !samePlace(wanted.get(path), is.get(path), options));
  if (wrong.length === 0) return [];

  const classify = classifier(t, commit, expected, is);
  const groups = new Map<Code, string[]>();
  for (const path of wrong.sort()) {
    const code = classify(path);
    groups.set(code, [...(groups.get(code) ?? []), path]);
  }
  return [...groups].map(([code, paths]) =>
    violation(code, `${words[code]} in /etc of ${imageWords(t, commit)}: ${listed(paths)}`, {
      paths: sample(paths),
      how: paths.slice(0, 20).map((path) => describe(wanted.get(path), is.get(path), options)),
      origin: expected.origin,
    }),
  );
}

function describe(
  wanted: ManifestEntry | undefined,
  is: ManifestEntry | undefined,
  options: ComparisonOptions,
): string {
  if (wanted === undefined) return 'should be absent';
  return is === undefined ? 'missing' : differences(wanted, is, options).join(' ');
}

function classifier(t: Transition, commit: string, expected: EtcExpectation, is: Tree): (path: string) => Code {
  const wanted = treeOf(expected.etc);
  const other = commit === t.from.commit ? t.to.commit : t.from.commit;
  const otherEtc = other === commit ? undefined : expectedEtc(t, other)?.etc;
  const otherTree = otherEtc && treeOf(otherEtc);
  const options: ComparisonOptions = { ignoredXattrs };
  // The defaults that the expected /etc was made from: what differs from them is local.
  const ownDefaults = treeOf(commit === t.from.commit ? t.from.defaultEtc : t.to.defaultEtc);
  const oldDefaults = treeOf(t.from.defaultEtc);
  const local = treeOf(localEtc(t) ?? {});

  return (path) => {
    const asOther = otherTree !== undefined && samePlace(otherTree.get(path), is.get(path), options);
    if (expected.origin === 'merged') {
      const edited = !samePlace(local.get(path), oldDefaults.get(path), options);
      if (edited && samePlace(wanted.get(path), local.get(path), options)) return 'etc-local-change-lost';
      return asOther ? 'etc-default-not-updated' : 'etc-unexpected-change';
    }
    if (expected.origin === 'defaults') return asOther ? 'etc-default-not-updated' : 'etc-unexpected-change';
    if (asOther) return 'etc-mixture';
    return samePlace(wanted.get(path), ownDefaults.get(path), options)
      ? 'etc-unexpected-change'
      : 'etc-local-change-lost';
  };
}
