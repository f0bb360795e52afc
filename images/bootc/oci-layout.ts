import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { z } from 'zod';
import type { SigstoreSignature } from './sigstore-signature.ts';

const descriptor = z.object({ mediaType: z.string(), digest: z.string(), size: z.number() });
type Descriptor = z.infer<typeof descriptor>;

const manifest = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  config: descriptor,
  layers: z.array(descriptor),
  annotations: z.record(z.string(), z.string()).optional(),
});
const config = z.looseObject({
  architecture: z.string(),
  config: z.looseObject({ Labels: z.record(z.string(), z.string()).optional() }).optional(),
  rootfs: z.object({ type: z.literal('layers'), diff_ids: z.array(z.string()) }),
  history: z.array(z.unknown()).optional(),
});
const index = z.looseObject({
  manifests: z.array(descriptor.extend({ annotations: z.record(z.string(), z.string()).optional() })),
});

const refName = 'org.opencontainers.image.ref.name';
const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const compress = promisify(gzip);

export interface DerivedImage {
  readonly tag: string;
  /** Tag of the image that it is made FROM. */
  readonly from: string;
  /** Tar files, laid over it in this order. */
  readonly layers: readonly string[];
  readonly version: string;
  /** RFC 3339; part of the digest. */
  readonly created: string;
  /** Default: the base's own. */
  readonly architecture?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** An OCI layout folder to which thin layers are added, as a Containerfile's COPY would: the same digests for the same tars. */
export class OciLayout {
  readonly #layers = new Map<string, { descriptor: Descriptor; diffId: string }>();

  constructor(readonly path: string) {}

  /** @returns digest of the manifest. */
  async derive(image: DerivedImage): Promise<string> {
    const base = manifest.parse(JSON.parse((await this.#blob(await this.digest(image.from))).toString('utf8')));
    const settings = config.parse(JSON.parse((await this.#blob(base.config.digest)).toString('utf8')));
    const added = [];
    for (const tar of image.layers) added.push(await this.#layer(tar));
    const labels = { ...settings.config?.Labels, 'org.opencontainers.image.version': image.version, ...image.labels };
    const derived = {
      ...settings,
      created: image.created,
      ...(image.architecture === undefined ? {} : { architecture: image.architecture }),
      config: { ...settings.config, Labels: labels },
      // One line a layer: bootc takes a configuration without a history for damaged.
      history: [
        ...(settings.history ?? []),
        ...image.layers.map((tar) => ({ created: image.created, created_by: basename(tar) })),
      ],
      rootfs: { type: 'layers', diff_ids: [...settings.rootfs.diff_ids, ...added.map(({ diffId }) => diffId)] },
    };
    const configBlob = await this.#write(Buffer.from(JSON.stringify(derived)));
    const whole = {
      schemaVersion: 2,
      mediaType: manifestType,
      config: { mediaType: base.config.mediaType, ...configBlob },
      layers: [...base.layers, ...added.map((layer) => layer.descriptor)],
    };
    const written = await this.#write(Buffer.from(JSON.stringify(whole)));
    await this.#tag(image.tag, { mediaType: manifestType, ...written });
    return written.digest;
  }

  /** A signature, as a manifest of its own under its own tag. */
  async attach({ tag, payload, mediaType, annotations }: SigstoreSignature): Promise<void> {
    const settings = await this.#write(Buffer.from('{}'));
    const whole = {
      schemaVersion: 2,
      mediaType: manifestType,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...settings },
      layers: [{ mediaType, ...(await this.#write(payload)), annotations }],
    };
    await this.#tag(tag, { mediaType: manifestType, ...(await this.#write(Buffer.from(JSON.stringify(whole)))) });
  }

  /** @throws Error where no image has this tag. */
  async digest(tag: string): Promise<string> {
    const found = (await this.#index()).manifests.find(({ annotations }) => annotations?.[refName] === tag);
    if (!found) throw new Error(`No such tag in ${this.path}: ${tag}`);
    return found.digest;
  }

  async #index(): Promise<z.infer<typeof index>> {
    return index.parse(JSON.parse(await readFile(join(this.path, 'index.json'), 'utf8')));
  }

  async #tag(tag: string, found: Descriptor): Promise<void> {
    const old = await this.#index();
    const manifests = old.manifests.filter(({ annotations }) => annotations?.[refName] !== tag);
    manifests.push({ ...found, annotations: { [refName]: tag } });
    const path = join(this.path, 'index.json');
    await writeFile(`${path}.partial`, JSON.stringify({ ...old, manifests }));
    await rename(`${path}.partial`, path);
  }

  async #layer(tar: string): Promise<{ descriptor: Descriptor; diffId: string }> {
    const known = this.#layers.get(tar);
    if (known) return known;
    const bytes = await readFile(tar);
    const written = await this.#write(await compress(bytes, { level: 6 }));
    const layer = {
      descriptor: { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', ...written },
      diffId: digestOf(bytes),
    };
    this.#layers.set(tar, layer);
    return layer;
  }

  async #write(bytes: Buffer): Promise<{ digest: string; size: number }> {
    const digest = digestOf(bytes);
    const path = this.#pathOf(digest);
    await mkdir(join(this.path, 'blobs/sha256'), { recursive: true });
    if (!(await stat(path).catch(() => undefined))) await writeFile(path, bytes);
    return { digest, size: bytes.length };
  }

  #blob(digest: string): Promise<Buffer> {
    return readFile(this.#pathOf(digest));
  }

  #pathOf(digest: string): string {
    return join(this.path, 'blobs', digest.replace(':', '/'));
  }
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
