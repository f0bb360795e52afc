import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { at } from '../../harness/bench-file/problem.ts';
import { checkYaml, invalidFile, readYaml } from '../../harness/bench-file/read-yaml.ts';
import { ownSets } from '../../harness/record/about.ts';
import { checkedReference } from '../../harness/update/bootc-client.ts';

const what = 'image set';

const reference = z.string().refine(isReference, {
  message: 'not an image reference: HOST[:PORT]/NAME[:TAG][@sha256:DIGEST]',
});
const roleName = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'an image is named by a-z, 0-9 and `-`');

const schema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a name is of a-z, 0-9 and `-`')
    .refine((name) => !ownSets.has(name), { message: "a name of the reference device's images, which are no product" }),
  /** The program on the device that updates it. */
  client: z.literal('bootc'),
  /** What happens to local changes in /etc: kept by a three-way merge, or gone at each boot. */
  etc: z.enum(['merge', 'transient']).default('merge'),
  /** What brings the old system back when the new one does not boot. */
  rollback: z
    .union([
      z.literal('none'),
      z.strictObject({ kind: z.enum(['grub', 'uboot', 'bls', 'aboot']), attempts: z.number().int().min(1).max(9) }),
    ])
    .default('none'),
  /** Folder with `ca.crt` of the registry (and `client.cert`, `client.key`); relative to the file. Default: the system's CAs. */
  certificates: z.string().min(1).optional(),
  /** containers-auth.json with the registry's credentials; relative to the file. Never part of a record. */
  credentials: z.string().min(1).optional(),
  /** Raw or qcow2 disk on which v1 is installed; relative to the file. Default: v1 is installed with the reference device's boot menu. */
  disk: z.string().min(1).optional(),
  /** By role; v1 is what the device has, v2 what it is updated to. */
  images: z.record(
    roleName,
    z.strictObject({
      image: reference,
      /** Why it never gets healthy, so that an update to it must roll back by itself. */
      unhealthy: z.string().min(1).optional(),
    }),
  ),
});

/** A set of somebody's own OCI images, as its file describes it. Paths are absolute. */
export interface ImageFile extends z.infer<typeof schema> {
  readonly path: string;
}

/** True: what `--images` was given is a file and not the name of a set. */
export function isImageFile(given: string): boolean {
  return /\.ya?ml$/.test(given);
}

/** @throws UsageError `file-missing`, `file-too-large`, `yaml-invalid` with every problem at its line. */
export async function loadImageFile(path: string): Promise<ImageFile> {
  const file = await readYaml(path, what);
  const value = checkYaml(file, schema, what, Object.keys(schema.shape));
  const missing = ['v1', 'v2'].filter((role) => !Object.hasOwn(value.images, role));
  if (missing.length > 0)
    throw invalidFile(
      path,
      what,
      missing.map((role) => at(file, ['images'], `images: ${role} is missing: an update goes from v1 to v2`, true)),
    );
  const { certificates, credentials, disk, ...rest } = value;
  const absolute = (given: string): string => resolve(dirname(path), given);
  return {
    ...rest,
    path: resolve(path),
    ...(disk === undefined ? {} : { disk: absolute(disk) }),
    ...(certificates === undefined ? {} : { certificates: absolute(certificates) }),
    ...(credentials === undefined ? {} : { credentials: absolute(credentials) }),
  };
}

/** JSON Schema (draft 2020-12) of an image set's file, for editors. */
export function imageFileJsonSchema(): Record<string, unknown> {
  return { title: 'bootproof image set', ...z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) };
}

function isReference(text: string): boolean {
  try {
    return checkedReference(text) === text;
  } catch {
    return false;
  }
}
