import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { UsageError } from '../harness/errors/harness-error.ts';
import { imageSet, type ImageSet } from './image-set.ts';

type Package = ImageSet['packages'][number];

/**
 * By set: the bootc images are of the reference device's packages, another machine has packages of its own. A suite that is not released moves, and what somebody
 * else's images consist of is not known: such sets have no lock.
 */
const locks: Readonly<Record<string, string>> = {
  reference: 'packages.lock.json',
  bootc: 'packages.lock.json',
  arm64: 'packages-arm64.lock.json',
};

function lockOf({ name }: Pick<ImageSet, 'name'>): string | undefined {
  const leaf = Object.hasOwn(locks, name) ? locks[name] : undefined;
  return leaf && join(dirname(fileURLToPath(import.meta.url)), leaf);
}

const lock = z.strictObject({ packages: imageSet.shape.packages });

/**
 * How the packages of a set differ from those of the lock, one a line, by name; []: not at all. Another sha256 under the same version is worse
 * than another version, and stands first.
 */
export function packageDrift(locked: readonly Package[], built: readonly Package[]): string[] {
  const byName = (list: readonly Package[]): Map<string, Package> => new Map(list.map((one) => [one.name, one]));
  const [was, is] = [byName(locked), byName(built)];
  const rebuilt: string[] = [];
  const other: string[] = [];
  for (const name of [...new Set([...was.keys(), ...is.keys()])].sort()) {
    const [one, two] = [was.get(name), is.get(name)];
    if (!one) other.push(`${name}: ${two!.version}, not in the lock`);
    else if (!two) other.push(`${name}: gone, ${one.version} in the lock`);
    else if (one.version !== two.version) other.push(`${name}: ${two.version}, ${one.version} in the lock`);
    else if (one.sha256 !== two.sha256) rebuilt.push(`${name}: ${two.version} with other contents than in the lock`);
  }
  return [...rebuilt, ...other];
}

/** Of a built set; none where it has no lock. Mirrors move on and keep no old versions, so drift is told, and never an error. */
export async function driftOf(set: Pick<ImageSet, 'name' | 'packages'>): Promise<string[]> {
  const path = lockOf(set);
  if (path === undefined) return [];
  const { packages } = lock.parse(JSON.parse(await readFile(path, 'utf8')));
  return packageDrift(packages, set.packages);
}

/** Makes this set's packages the lock. @throws UsageError `set-not-locked`. */
export async function lockPackages(set: Pick<ImageSet, 'name' | 'packages'>): Promise<void> {
  const path = lockOf(set);
  if (path === undefined)
    throw new UsageError(`Not locked to its packages: image set ${set.name}`, {
      code: 'set-not-locked',
      hint: 'its packages move, or are not known; what it was made of stands in each set',
    });
  const packages = [...set.packages].sort((a, b) => (a.name < b.name ? -1 : 1));
  await writeFile(path, `${JSON.stringify({ packages }, null, 2)}\n`);
}
