import { z } from 'zod';
import type { Manifest } from '../harness/observe/observation.ts';

/** What a built (or declared) set of images is: everything a run needs to know about v1, v2 ... without building them again. */
export const imageRecord = z.object({
  name: z.string(),
  /** OSTree commit, hex. */
  commit: z.string().regex(/^[0-9a-f]{64}$/),
  version: z.string(),
  kernelRelease: z.string(),
  linuxSha256: z.string(),
  initrdSha256: z.string(),
  etcPolicy: z.enum(['merge', 'transient']),
  rollback: z.union([
    z.literal('none'),
    z.object({ kind: z.enum(['grub', 'uboot', 'bls', 'aboot']), attempts: z.number().int() }),
  ]),
  /** fs-verity digest of the composefs image that is its root, and whether every file in it is verified; absent: it is not sealed. */
  seal: z.object({ composefs: z.string().regex(/^[0-9a-f]{64}$/), verity: z.boolean() }).optional(),
  /** False: it does not come back by itself, and says so; a `rollback` of `none` is a failure otherwise. */
  promisesRollback: z.boolean().optional(),
  /** Why it never gets healthy; absent: it does. */
  unhealthy: z.string().optional(),
  /** It makes its machine id and SSH host key at its first boot; absent: provisioning brings them. */
  ownIdentity: z.boolean().optional(),
  /** What is broken on purpose, for a negative. */
  negative: z.string().optional(),
  /** The image whose boots are this one's control: the good one that a negative is but for its change, or one that boots alike. */
  twin: z.string().optional(),
});
export type ImageRecord = z.infer<typeof imageRecord>;

export const imageSet = z.object({
  name: z.string(),
  /** Hash of everything the set was made from, hex. */
  key: z.string(),
  client: z.enum(['ostree', 'bootc']),
  stateroot: z.string(),
  images: z.record(z.string(), imageRecord),
  /** Packages that the images consist of: name, version, sha256 of the package. */
  packages: z.array(z.object({ name: z.string(), version: z.string(), sha256: z.string() })),
});
export type ImageSet = z.infer<typeof imageSet>;

/** Kept beside the set, one file an image: large, and read only by those who judge. */
export interface ImageContents {
  readonly usr: Manifest;
  readonly defaultEtc: Manifest;
}

/** A built image set in the cache. All paths are below `directory`. */
export interface BuiltImages {
  readonly directory: string;
  readonly set: ImageSet;
  /** Raw disk with these images deployed, the last one booted; built once, never written. */
  disk(names: readonly string[]): Promise<string>;
  contents(name: string): Promise<ImageContents>;
  /** Archive repository, and per image a channel whose `bootproof/stable` points at it. */
  readonly repository: { readonly objects: string; channel(name: string): string; readonly trustedKey: string };
}
