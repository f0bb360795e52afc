import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { grubDisk } from '../builder/boot-sector.ts';
import { asOwner, BuilderRoot, removeTree } from '../builder/builder-root.ts';
import { cacheDirectory, contentKey } from '../builder/cache-key.ts';
import { keepSet, keptDisk, keptSet, readSet } from '../builder/kept-set.ts';
import { stepper, type BuildOptions, type Step } from '../builder/step.ts';
import { definitions } from '../definitions.ts';
import type { BuiltImages, ImageContents, ImageRecord, ImageSet } from '../image-set.ts';
import { importImage } from './imported-image.ts';
import { OciLayout } from './oci-layout.ts';
import { signingKey, sigstoreSignature } from './sigstore-signature.ts';

/** The name under which devices know the harness's registry; where it is, they are told at provisioning. */
export const registryReference = 'registry.bootproof.test/device';

/** Part of each digest. */
const created = '2026-01-01T00:00:00Z';
const here = dirname(fileURLToPath(import.meta.url));
const disk = grubDisk('/build/bootc-images/disk.sh', registryReference);
/** What the images are made by. */
const sources = [
  'tree.sh',
  'layers.sh',
  'import.sh',
  'disk.sh',
  'tls.sh',
  'bootc-images.ts',
  'imported-image.ts',
  'oci-layout.ts',
  'sigstore-signature.ts',
].map((name) => join(here, name));

/** A built set of OCI images in the cache. */
export interface BuiltBootcImages {
  readonly directory: string;
  readonly set: ImageSet;
  /** OCI layout folder; tags are the images' names. */
  readonly layout: string;
  /** Folder with registry.key, registry.crt, registry-ca.crt, `other` for `registry`: a CA that no device trusts; signing.pub. */
  readonly tls: string;
  disk(names: readonly string[]): Promise<string>;
  contents(name: string): Promise<ImageContents>;
}

/** Where a binary given by `images build --bootc` is kept, so that a run finds it again. */
function keptBinary(): string {
  return join(cacheDirectory(), 'bootc', 'bootc');
}

/** True: `images build --bootc` was given a binary on this host. */
export function hasBootc(): boolean {
  return existsSync(keptBinary());
}

/** Keeps a binary for this and later builds. */
export async function keepBootc(path: string): Promise<void> {
  await mkdir(dirname(keptBinary()), { recursive: true });
  await copyFile(path, `${keptBinary()}.partial`);
  await rename(`${keptBinary()}.partial`, keptBinary());
}

/** Makes OCI images v1, v2 ... of the reference images' parts around the kept binary, or finds them in the cache. */
export async function buildBootcImages(reference: BuiltImages, options: BuildOptions): Promise<BuiltBootcImages> {
  const binary = createHash('sha256')
    .update(await readFile(keptBinary()))
    .digest('hex');
  const key = contentKey(sources, [reference.set.key, binary]).slice(0, 24);
  const step = stepper(options.onStep, 'bootc: ');
  const make = (work: string): Promise<void> => build(work, key, reference, step);
  return openBootcImages(await keptSet(`bootc-${key}`, 'images of bootc', options, make), step);
}

async function build(work: string, key: string, reference: BuiltImages, step: Step): Promise<void> {
  const path = join(work, 'root');
  const root = new BuilderRoot(path);
  const run = (script: string, ...parameters: string[]): Promise<string> =>
    root.run(['sh', `/build/bootc-images/${script}`, ...parameters]);
  await step('packages and common tree', async () => {
    await asOwner('cp', ['-a', join(reference.directory, 'root'), path]);
    for (const stale of ['repo', 'served', 'channels', 'checkout', 'base'])
      await removeTree(join(path, 'build', stale));
    await cp(here, join(path, 'build/bootc-images'), { recursive: true });
    await copyFile(keptBinary(), join(path, 'build/bootc'));
    await run('tree.sh');
    await run('layers.sh');
    await run('tls.sh');
  });
  const layout = new OciLayout(join(path, 'build/oci'));
  const images: Record<string, ImageRecord> = {};
  for (const [name, { kernel, early, overlays, etcPolicy, unhealthy, version = name }] of Object.entries(definitions)) {
    const layers = [
      `kernel-${kernel}`,
      ...(early ? [`early-${name}`] : []),
      ...overlays.map((one) => `overlay-${one}`),
    ];
    images[name] = await step(`image ${name}`, async () => {
      const tars = layers.map((layer) => join(path, 'build/layers', `${layer}.tar`));
      await layout.derive({ tag: name, from: 'base', layers: tars, version, created });
      const policy = { etcPolicy: etcPolicy ?? 'merge', rollback: { kind: 'grub', attempts: 2 } } as const;
      return importImage(root, work, name, { ...policy, ...(unhealthy === undefined ? {} : { unhealthy }) });
    });
  }
  await step('images that must be refused', () => badImages(layout, path));
  await step('signatures', () => signImages(layout, path, Object.keys(images)));
  const { stateroot, packages } = reference.set;
  await keepSet(work, { name: 'bootc', key, client: 'bootc', stateroot, images, packages });
  await keptDisk(work, ['v1'], step, disk);
}

/** What a registry may offer by mistake. Never installed, so nobody imports them. */
async function badImages(layout: OciLayout, path: string): Promise<void> {
  const tar = (name: string): string => join(path, 'build/layers', `${name}.tar`);
  const common = { from: 'base', version: 'bad', created };
  await layout.derive({ ...common, tag: 'no-kernel', layers: [tar('overlay-v2')] });
  const whole = [tar('kernel-b'), tar('overlay-next'), tar('overlay-v2')];
  await layout.derive({ ...common, tag: 'other-architecture', layers: whole, architecture: 'arm64' });
  // Nothing is wrong with these but who has signed them.
  for (const tag of ['unsigned', 'signed-by-another'])
    await layout.derive({ ...common, tag, layers: whole, labels: { 'test.bootproof.signature': tag } });
}

/** The keys are gone with the build; devices get the public half of the right one at provisioning. */
async function signImages(layout: OciLayout, path: string, names: readonly string[]): Promise<void> {
  const right = signingKey();
  const sign = async (name: string, { privateKey }: ReturnType<typeof signingKey>): Promise<void> =>
    layout.attach(sigstoreSignature(registryReference, await layout.digest(name), privateKey));
  for (const name of names) await sign(name, right);
  await sign('signed-by-another', signingKey());
  await writeFile(join(path, 'build/tls/signing.pub'), right.publicPem);
}

/** A set that is in the cache. */
export async function openBootcImages(directory: string, step: Step): Promise<BuiltBootcImages> {
  return {
    ...(await readSet(directory)),
    layout: join(directory, 'root/build/oci'),
    tls: join(directory, 'root/build/tls'),
    disk: (names) => keptDisk(directory, names, step, disk),
  };
}
