import type { Manifest, ManifestEntry } from '../observe/observation.ts';
import { diffEtc } from './etc-diff.ts';
import { EtcTarget } from './etc-target.ts';
import { parentOf, subtree, treeOf } from './manifest-tree.ts';

export interface EtcMergeInput {
  /** /usr/etc of the system before. */
  readonly oldDefaults: Manifest;
  /** Its /etc as of finalize. */
  readonly local: Manifest;
  /** /usr/etc of the system to come. */
  readonly newDefaults: Manifest;
}

export type EtcMerge =
  | {
      readonly merged: true;
      readonly etc: Manifest;
      /** Paths behind a link that leaves /etc: where they end up depends on what the merge runs on, so they are not judged. */
      readonly unjudged: readonly string[];
    }
  | { readonly merged: false; readonly conflict: { readonly path: string; readonly reason: string } };

/** Ends the merge as ostree's error return does; never leaves this file. */
class Conflict extends Error {
  constructor(
    readonly path: string,
    readonly reason: string,
  ) {
    super(reason);
  }
}

/**
 * What /etc of a new deployment holds: `merge_configuration_from` on top of `prepare_deployment_etc` (ostree 2025.2,
 * src/libostree/ostree-sysroot-deploy.c; the same in 2026.4). Local changes win; the order is removed, modified, added; a type conflict is an
 * error, on which finalize ends and the old system stays. Fifos, sockets and devices are not carried over
 * (before 2024.2 one inside an added directory is an error too).
 */
export function mergeEtc({ oldDefaults, local, newDefaults }: EtcMergeInput): EtcMerge {
  const localTree = treeOf(local);
  const target = new EtcTarget(treeOf(newDefaults));
  const diff = diffEtc(treeOf(oldDefaults), localTree);
  const unjudged: string[] = [];
  try {
    for (const path of diff.removed) removeFrom(target, path, unjudged);
    for (const path of [...diff.modified, ...diff.added]) copyModified(target, localTree, path, unjudged);
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    return { merged: false, conflict: { path: error.path, reason: error.reason } };
  }
  // `sysroot_finalize_deployment` unlinks etc/.updated, so that systemd's ConditionNeedsUpdate= holds at the next boot.
  target.entries.delete('.updated');
  return { merged: true, etc: Object.fromEntries(target.entries), unjudged };
}

/** `glnx_shutil_rm_rf_at`: a path that is gone already is fine, a file where a directory is needed on the way is not. */
function removeFrom(target: EtcTarget, path: string, unjudged: string[]): void {
  const place = target.locate(path, false);
  if ('leaves' in place) unjudged.push(path);
  else if ('at' in place) target.remove(place.at);
  else if (place.error !== 'ENOENT')
    throw new Conflict(path, `${place.error} on removing it: ${place.path} is no directory`);
}

/** `copy_modified_config_file`. */
function copyModified(
  target: EtcTarget,
  local: ReadonlyMap<string, ManifestEntry>,
  path: string,
  unjudged: string[],
): void {
  const entry = local.get(path);
  if (entry === undefined) return;
  const parent = parentOf(path);
  if (parent !== '' && !ensureDirectory(target, local, parent)) {
    unjudged.push(path);
    return;
  }
  const place = target.locate(path, false);
  if ('leaves' in place) {
    unjudged.push(path);
    return;
  }
  if ('error' in place) throw new Conflict(path, `${place.error}: ${place.path}`);
  const there = target.entries.get(place.at);
  if (there?.type === 'dir') {
    // ostree supposes that the directory itself was dealt with: a changed mode alone, or what a local directory holds where the default
    // became one too, is not carried over.
    if (entry.type === 'dir') return;
    throw new Conflict(path, 'it is a directory by default now, and locally something else');
  }
  target.remove(place.at);
  if (entry.type === 'dir') copyTree(target, local, path, place.at);
  else if (entry.type === 'file' || entry.type === 'symlink') target.put(place.at, entry);
}

/** `copy_dir_recurse`. */
function copyTree(target: EtcTarget, local: ReadonlyMap<string, ManifestEntry>, from: string, to: string): void {
  for (const path of subtree(local, from)) {
    const entry = local.get(path);
    if (entry !== undefined && ['dir', 'file', 'symlink'].includes(entry.type))
      target.put(to + path.slice(from.length), entry);
  }
}

/**
 * `ensure_directory_from_template`: makes what is missing of the way to a changed file, and gives its directory the owner, mode and extended
 * attributes that it has locally. False: the way leads out of /etc.
 */
function ensureDirectory(target: EtcTarget, local: ReadonlyMap<string, ManifestEntry>, path: string): boolean {
  const template = local.get(path);
  if (template === undefined) return true;
  let place = target.locate(path, true);
  if ('error' in place && place.error === 'ENOENT') {
    const own = target.locate(path, false);
    if ('error' in own && own.error === 'ENOENT') {
      const parent = parentOf(path);
      if (parent !== '' && !ensureDirectory(target, local, parent)) return false;
    }
    const made = target.locate(path, false);
    // A dangling link: mkdir says that it exists, and opening it fails.
    if ('at' in made && !target.entries.has(made.at)) target.put(made.at, template);
    place = target.locate(path, true);
  }
  if ('leaves' in place) return false;
  if ('error' in place) throw new Conflict(path, `${place.error}: ${place.path}`);
  if (place.at !== '' && target.entries.get(place.at)?.type !== 'dir')
    throw new Conflict(path, `ENOTDIR: ${place.at} is no directory by default now, and holds local changes`);
  target.copyAttributes(place.at, template);
  return true;
}
