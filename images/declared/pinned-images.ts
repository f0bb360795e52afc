import { copyFile, cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../../harness/errors/harness-error.ts';
import type { BuilderRoot } from '../builder/builder-root.ts';
import { removeTree } from '../builder/builder-root.ts';
import type { ImageFile } from './image-file.ts';

/** What a registry says of an image now: a tag may name another one tomorrow. */
export interface PinnedImage {
  readonly role: string;
  /** As the file names it. */
  readonly reference: string;
  readonly digest: string;
  readonly architecture: string;
  /** It calls itself bootable (label containers.bootc). */
  readonly isBootc: boolean;
}

const inspected = z.object({
  Digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  Architecture: z.string(),
  Labels: z.record(z.string(), z.string()).nullish(),
});

/** skopeo of a builder root, with the registry's CA and credentials of one image set, which are there for as long as `body` runs. */
export async function withSkopeo<T>(
  root: BuilderRoot,
  file: ImageFile,
  body: (skopeo: Skopeo) => Promise<T>,
): Promise<T> {
  const access = join(root.path, 'build/access');
  await removeTree(access);
  await mkdir(access, { mode: 0o700 });
  try {
    if (file.certificates) await cp(file.certificates, join(access, 'certificates'), { recursive: true });
    if (file.credentials) await copyFile(file.credentials, join(access, 'auth.json'));
    return await body(new Skopeo(root, file));
  } finally {
    await removeTree(access);
  }
}

export class Skopeo {
  constructor(
    private readonly root: BuilderRoot,
    private readonly file: ImageFile,
  ) {}

  /** The digest that each reference names now. @throws UsageError `image-not-found`. */
  async pin(): Promise<PinnedImage[]> {
    return Promise.all(
      Object.entries(this.file.images).map(async ([role, { image }]): Promise<PinnedImage> => {
        const options = [...this.#certificates('--cert-dir'), ...this.#credentials()];
        const argv = ['skopeo', 'inspect', '--no-tags', ...options, `docker://${untagged(image)}`];
        const said = await this.root.run(argv).catch((cause: unknown) => {
          throw new UsageError(`Cannot be inspected: image ${role}, ${image}\n${lastLine(cause)}`, {
            code: 'image-not-found',
            hint: `${this.file.path} names it; are the registry's CA and credentials there?`,
            cause,
          });
        });
        const { Digest, Architecture, Labels } = inspected.parse(JSON.parse(said));
        const isBootc = Labels?.['containers.bootc'] === '1';
        return { role, reference: image, digest: Digest, architecture: Architecture, isBootc };
      }),
    );
  }

  /** Into the root's OCI layout /build/oci, by digest. */
  async copy({ role, reference, digest }: PinnedImage): Promise<void> {
    const name = reference.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
    const options = [...this.#certificates('--src-cert-dir'), ...this.#credentials()];
    const copy = ['skopeo', 'copy', '--quiet', '--preserve-digests', ...options];
    await this.root.run([...copy, `docker://${name}@${digest}`, `oci:/build/oci:${role}`]);
  }

  #certificates(option: string): string[] {
    return this.file.certificates ? [option, '/build/access/certificates'] : [];
  }

  #credentials(): string[] {
    return this.file.credentials ? ['--authfile', '/build/access/auth.json'] : [];
  }
}

/** skopeo takes a tag or a digest, not both. */
function untagged(image: string): string {
  return image.includes('@') ? image.replace(/:[^/:@]*@/, '@') : image;
}

function lastLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).trim().split('\n').at(-1)!.slice(0, 500);
}
