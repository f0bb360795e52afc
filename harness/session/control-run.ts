import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Deadline } from '../device/deadline.ts';
import type { Transition } from '../judge/transition.ts';
import type { ManifestEntry, Observation } from '../observe/observation.ts';
import { exclusively } from './exclusively.ts';
import { identityFiles } from './identity.ts';
import type { SessionImage } from './image-source.ts';

export type Control = Transition['control'];

/**
 * What an image's own boots do, measured once for an image and kept beside it: one boot of a disk that holds nothing else. All that
 * differs from the image's defaults in /etc, and all that there is in /var, was written by the system itself.
 */
export async function controlOf(
  image: SessionImage,
  cache: string,
  deadline: Deadline,
  boot: () => Promise<Observation>,
): Promise<Control> {
  await mkdir(join(cache, 'control'), { recursive: true });
  const path = join(cache, 'control', `${image.name}-${image.commit.slice(0, 16)}.json`);
  return exclusively(`${path}.lock`, deadline, async () => {
    if (existsSync(path)) return JSON.parse(await readFile(path, 'utf8')) as Control;
    const control = controlFrom(image, await boot());
    await writeFile(`${path}.partial`, JSON.stringify(control));
    await rename(`${path}.partial`, path);
    return control;
  });
}

export function controlFrom(image: SessionImage, observed: Observation): Control {
  const etc = observed.etc ?? {};
  // In a transient /etc they are no local changes: the system puts them there at every boot.
  const injected = new Set<string>(image.etcPolicy === 'transient' ? [] : identityFiles);
  const paths = new Set([...Object.keys(etc), ...Object.keys(image.defaultEtc)]);
  const etcWritten = [...paths]
    .filter((path) => path !== '' && !injected.has(path) && !same(etc[path], image.defaultEtc[path]))
    .sort();
  return {
    etcWritten: [...etcWritten, ...etcWritten.map(unfinished)],
    varWritten: Object.keys(observed.var ?? {})
      .filter((path) => path !== '')
      .sort(),
    failedUnits: [...observed.failedUnits],
    kernelProblems: [...observed.kernelProblems],
  };
}

/** The same, but for files that were put into /etc for the device to keep: a control run has them too, and does not write them. */
export function withoutLocal(control: Control, files: readonly string[]): Control {
  const local = new Set(files.flatMap((path) => [path, unfinished(path)]));
  return { ...control, etcWritten: control.etcWritten.filter((path) => !local.has(path)) };
}

/** What is left of a file that systemd was writing when the power went: it writes `.#NAME` and random digits, then renames (tempfn_random). */
function unfinished(path: string): string {
  const slash = path.lastIndexOf('/') + 1;
  return `${path.slice(0, slash)}.#${path.slice(slash)}*`;
}

function same(a: ManifestEntry | undefined, b: ManifestEntry | undefined): boolean {
  if (!a || !b) return false;
  const shape = ({ type, mode, uid, gid, size, sha256, target }: ManifestEntry): string =>
    JSON.stringify([type, mode, uid, gid, type === 'dir' ? 0 : size, sha256, target]);
  return shape(a) === shape(b);
}
