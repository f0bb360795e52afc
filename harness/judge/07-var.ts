import type { SystemView } from '../observe/observation.ts';
import { judgeCanaries } from './canary-state.ts';
import { bootedDeployment } from './deployment-name.ts';
import { samePlace } from './entry-difference.ts';
import { listed, quoted, reporter, sample } from './evidence.ts';
import type { Finding } from './finding.ts';
import { treeOf } from './manifest-tree.ts';
import { covered } from './path-prefix.ts';
import type { Transition } from './transition.ts';

/** Oracle 7: /var is that of the stateroot, keeps what was acknowledged as durable, and does not go back in time. */
export function variableData(t: Transition): Finding[] {
  const views: SystemView[] = t.offline && isOnDisk(t, t.offline.kernel) ? [t.offline.kernel, t.after] : [t.after];
  return [...mounted(t), ...views.flatMap((view) => [...judgeCanaries(t, view), ...generations(t, view)]), ...drift(t)];
}

function mounted(t: Transition): Finding[] {
  const { violation } = reporter(7, 'live');
  const mount = t.after.mounts.filter(({ target }) => target === '/var').at(-1);
  const stateroot = bootedDeployment(t.after)?.stateroot;
  if (mount !== undefined && persistent(mount, stateroot)) return [];
  return [
    violation(
      'var-not-mounted',
      mount
        ? `Mounted from elsewhere than the stateroot: /var (${quoted(mount.source)}, ${quoted(mount.fstype)})`
        : 'Not mounted: /var',
      { ...mount, stateroot },
    ),
  ];
}

/** Whether the disk was looked at for the canaries: no tree there is one that is lost, unless /var is a file system of its own. */
function isOnDisk({ before }: Transition, { canaries }: SystemView): boolean {
  if (canaries === undefined || Object.keys(canaries).length > 0) return canaries !== undefined;
  const mount = before.mounts.filter(({ target }) => target === '/var').at(-1);
  return /\[[^\]]*\/ostree\/deploy\/[^/\]]+\/var\]$/.test(mount?.source ?? '');
}

/**
 * A bind mount of the stateroot's directory, named as findmnt does (`/dev/vda3[/ostree/deploy/NAME/var]`, composefs without ostree:
 * `[/state/os/NAME/var]`), or a file system of its own on a device. Memory and overlays forget.
 */
function persistent({ source, fstype }: { source: string; fstype: string }, stateroot: string | undefined): boolean {
  if (/^(tmpfs|ramfs|overlay|composefs|erofs|squashfs)$/.test(fstype)) return false;
  const directory = /\[([^\]]*)\]$/.exec(source)?.[1] ?? (source.startsWith('/dev/') ? '/' : source);
  if (directory === '/') return true;
  const parts = /\/(?:ostree\/deploy|state\/os)\/([^/]+)\/var(?:\/|$)/.exec(directory);
  if (parts) return stateroot === undefined || parts[1] === stateroot;
  // A subvolume or bind of its own; never a directory inside a deployment, which goes with it.
  return !directory.includes('/ostree/deploy/') && source.startsWith('/dev/');
}

/** The harness plants one file `generation/N` a step, each durable before the next: a missing one means an older /var. */
function generations(t: Transition, view: SystemView): Finding[] {
  const { violation } = reporter(7, view.view);
  const there = new Set(
    Object.keys(view.canaries ?? {})
      .flatMap((path) => /^generation\/([1-9]\d{0,8})$/.exec(path)?.[1] ?? [])
      .map(Number),
  );
  const present = [...there].filter((n) => n <= t.generation).length;
  if (present >= t.generation) return [];
  const missing: number[] = [];
  for (let n = 1; n <= t.generation && missing.length < 20; n++) if (!there.has(n)) missing.push(n);
  return [
    violation(
      'var-went-back',
      `${t.generation - present} of ${t.generation} generations are gone: /var went back in time`,
      {
        generation: t.generation,
        present,
        missing,
      },
    ),
  ];
}

/** What else changed in /var is listed, not judged: services may write there. */
function drift(t: Transition): Finding[] {
  if (t.before.var === undefined || t.after.var === undefined) return [];
  const { note } = reporter(7, 'live');
  const was = treeOf(t.before.var);
  const is = treeOf(t.after.var);
  const changed = [...new Set([...was.keys(), ...is.keys()])]
    .filter((path) => path !== '' && !covered(path, [...t.control.varWritten, 'lib/bootproof-canary']))
    .filter((path) => !samePlace(was.get(path), is.get(path)))
    .sort();
  if (changed.length === 0) return [];
  return [
    note('var-drift', `Changed in /var, and not by a control run: ${listed(changed)}`, { paths: sample(changed) }),
  ];
}
