import type { ManifestEntry, SystemView } from '../observe/observation.ts';
import { differences } from './entry-difference.ts';
import { listed, reporter, sample } from './evidence.ts';
import type { Finding } from './finding.ts';
import type { Canary, Transition } from './transition.ts';

type Entries = ReadonlyMap<string, ManifestEntry>;
type Code = 'canary-lost' | 'canary-content-changed' | 'canary-metadata-changed' | 'canary-garbled';

const words: Record<Code, string> = {
  'canary-lost': 'Acknowledged as durable, and gone',
  'canary-content-changed': 'Acknowledged as durable, and another content',
  'canary-metadata-changed': 'Acknowledged as durable, and other metadata',
  'canary-garbled': 'Never made durable, and neither old, new, empty nor absent',
};

/** Part of oracle 7: the harness's own files in /var. No tree at all is an empty one. */
export function judgeCanaries(t: Transition, view: SystemView): Finding[] {
  const { violation } = reporter(7, view.view);
  const is: Entries = new Map(Object.entries(view.canaries ?? {}));
  const was: Entries = new Map(Object.entries(t.before.canaries ?? {}));
  const planted: Entries = new Map(t.canaries.map(({ path, entry }) => [path, entry]));
  const links = [...planted.keys()].filter((path) => linked(path, planted, is));
  const found = new Map<Code, string[]>();
  for (const canary of t.canaries) {
    const code = canary.acknowledged ? durable(canary, planted, is, links) : unacknowledged(canary, was, is);
    if (code) found.set(code, [...(found.get(code) ?? []), canary.path]);
  }
  return [...found].map(([code, paths]) =>
    violation(code, `${words[code]}: ${listed(paths)}`, { paths: sample(paths) }),
  );
}

function durable({ path, entry }: Canary, planted: Entries, is: Entries, links: readonly string[]): Code | undefined {
  const there = is.get(path);
  if (there === undefined) return 'canary-lost';
  const how = differences(withContent(entry, planted), withContent(there, is));
  if (how.some((aspect) => aspect === 'type' || aspect === 'content' || aspect === 'target'))
    return 'canary-content-changed';
  return how.length > 0 || !sameLinks(path, planted, is, links) ? 'canary-metadata-changed' : undefined;
}

/** What was never fsynced may be old, new, empty or absent; its metadata may be any. */
function unacknowledged({ path, entry }: Canary, was: Entries, is: Entries): Code | undefined {
  const there = is.get(path);
  if (there === undefined || (there.type === 'file' && there.size === 0)) return undefined;
  const allowed = [entry, was.get(path)].filter((one) => one !== undefined);
  const same = allowed.some((one) => {
    const how = differences(withContent(one, was), withContent(there, is));
    return !how.some((aspect) => aspect === 'type' || aspect === 'content' || aspect === 'target');
  });
  return same ? undefined : 'canary-garbled';
}

/** A second name of an inode may leave its content to the first. */
function withContent(entry: ManifestEntry, all: Entries): ManifestEntry {
  const first = entry.sha256 === undefined && entry.hardlinkOf !== undefined ? all.get(entry.hardlinkOf) : undefined;
  return first?.sha256 === undefined ? entry : { ...entry, size: first.size, sha256: first.sha256 };
}

const firstName = (all: Entries, path: string): string => all.get(path)?.hardlinkOf ?? path;

function linked(path: string, planted: Entries, is: Entries): boolean {
  return planted.get(path)?.hardlinkOf !== undefined || is.get(path)?.hardlinkOf !== undefined;
}

/** Whether this canary shares an inode with the same others as were planted so; which name a manifest calls the first does not matter. */
function sameLinks(path: string, planted: Entries, is: Entries, links: readonly string[]): boolean {
  const others = new Set([...links, ...links.flatMap((link) => [firstName(planted, link), firstName(is, link)])]);
  if (!others.has(path)) return true;
  return [...others]
    .filter((other) => planted.has(other) && is.has(other))
    .every(
      (other) =>
        (firstName(planted, other) === firstName(planted, path)) === (firstName(is, other) === firstName(is, path)),
    );
}
