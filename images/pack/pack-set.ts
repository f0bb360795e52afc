import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { TarEntry } from '../../harness/bundle/tar-writer.ts';
import { UsageError } from '../../harness/errors/harness-error.ts';
import type { BuiltImages } from '../image-set.ts';
import { imageSourceOf } from '../image-source.ts';
import { openImageDirectory, partsOf, type ImagePart } from './image-directory.ts';

/** Where a bundle keeps an image set: these are the names of a set's directory, and disks are compressed. */
export const packedPrefix = 'images/';

export interface PackRequest {
  /** Commits by name, as the record has them: what is packed is what ran, or nothing. */
  readonly commits: Readonly<Record<string, string>>;
  /** Images that the cases named. */
  readonly images: readonly string[];
  /** Installations that they began with. */
  readonly installs: readonly (readonly string[])[];
  /** An empty folder for compressed disks; whoever gave it removes it after the bundle is written. */
  readonly scratch: string;
}

/**
 * The files of a built set that its cases need on a machine that has nothing: without the builder's root, and without control runs, which belong
 * to a bench. @throws UsageError `other-images` when the set has been built again since the run.
 */
export async function packSet(directory: string, request: PackRequest): Promise<TarEntry[]> {
  const ran = (part: ImagePart): boolean =>
    Object.entries(part.records).every(([name, { commit }]) => request.commits[name] === commit);
  const [own, ...beyond] = await partsOf(directory);
  if (!own || !ran(own))
    throw new UsageError(`Built again since the run, with other commits: image set ${directory}`, {
      code: 'other-images',
      hint: 'only the images that ran can be packed: run the cases again, then make the bundle',
    });
  const built = await openImageDirectory(directory, { accepts: ran });
  const used = new Set([...request.images, ...request.installs.flat()]);
  const parts = beyond.filter((part) => ran(part) && Object.keys(part.records).some((name) => used.has(name)));
  const folders = ['contents', 'channels', 'served', ...parts.map(({ folder }) => folder)];
  const plain = await Promise.all(folders.map((folder) => filesBelow(directory, folder)));
  const disks: TarEntry[] = [];
  for (const names of await disksFor(built, request)) disks.push(await packedDisk(built, names, request.scratch));
  return [
    ...(await Promise.all(['set.json', 'trusted.gpg'].map((leaf) => fileAt(directory, leaf)))),
    ...plain.flat(),
    ...disks,
  ];
}

/** Those that cases begin with, the known-good one that proves a bench, and each alone of which a control run is made. */
async function disksFor(built: BuiltImages, { images, installs }: PackRequest): Promise<string[][]> {
  const source = imageSourceOf(built);
  const wanted = new Map<string, string[]>();
  const want = (names: readonly string[]): unknown => wanted.set(names.join('+'), [...names]);
  want(['v1']);
  installs.forEach(want);
  for (const name of new Set(['v1', 'v2', ...images, ...installs.flat()])) {
    if (!source.names.includes(name)) continue;
    const { twin = name } = await source.image(name);
    if ((await source.image(twin)).unhealthy === undefined) want([twin]);
  }
  return [...wanted.values()];
}

/** Level 1: most of a disk is zeros or packed already. The same bytes by the same Node. */
async function packedDisk(built: BuiltImages, names: readonly string[], scratch: string): Promise<TarEntry> {
  const leaf = `${names.join('+')}.raw.gz`;
  const file = join(scratch, leaf);
  const raw = createReadStream(await built.disk(names), { highWaterMark: 1 << 20 });
  await pipeline(raw, createGzip({ level: 1 }), createWriteStream(file, { mode: 0o600 }));
  return { name: `${packedPrefix}disks/${leaf}`, sizeBytes: (await lstat(file)).size, content: { file } };
}

async function filesBelow(directory: string, folder: string): Promise<TarEntry[]> {
  const found: TarEntry[] = [];
  for (const entry of await readdir(join(directory, folder), { recursive: true, withFileTypes: true }))
    if (entry.isFile())
      found.push(await fileAt(directory, join(entry.parentPath, entry.name).slice(directory.length + 1)));
  return found;
}

async function fileAt(directory: string, path: string): Promise<TarEntry> {
  const file = join(directory, path);
  return { name: `${packedPrefix}${path}`, sizeBytes: (await lstat(file)).size, content: { file } };
}
