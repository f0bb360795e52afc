import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree, type BuilderRoot } from '../builder/builder-root.ts';

/** A registry on this host, and who may push to it. */
export interface PushedRegistry {
  readonly port: number;
  /** PEM. */
  readonly ca: string;
  readonly credentials: { readonly user: string; readonly password: string };
  /** Where the image is that is copied. */
  readonly repository: string;
}

/**
 * Copies an image to another repository of the same registry, as a release does it: by skopeo, with what it does unless it is told otherwise. The
 * registry's CA and the credentials are in the root for as long as that takes. @returns digest that skopeo has pushed.
 */
export async function copyImage(
  root: BuilderRoot,
  { port, ca, credentials, repository }: PushedRegistry,
  image: string,
  to: string,
  through?: 'oci-archive',
): Promise<string> {
  const inside = `/build/copy-${process.pid}-${port}`;
  const outside = join(root.path, inside);
  const registry = `127.0.0.1:${port}`;
  const auth = Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64');
  const copy = async (source: string, target: string): Promise<void> => {
    const trust = ['--src-cert-dir', `${inside}/ca`, '--dest-cert-dir', `${inside}/ca`];
    const options = ['--quiet', '--authfile', `${inside}/auth.json`, '--digestfile', `${inside}/digest`, ...trust];
    await root.run(['skopeo', 'copy', ...options, source, target]);
  };
  await removeTree(outside);
  await mkdir(join(outside, 'ca'), { recursive: true, mode: 0o700 });
  try {
    await writeFile(join(outside, 'ca/ca.crt'), ca);
    await writeFile(join(outside, 'auth.json'), JSON.stringify({ auths: { [registry]: { auth } } }), { mode: 0o600 });
    const [source, target] = [`docker://${registry}/${repository}:${image}`, `docker://${registry}/${to}:${image}`];
    if (through) {
      const file = `${through}:${inside}/image.tar:${image}`;
      await copy(source, file);
      await copy(file, target);
    } else {
      await copy(source, target);
    }
    return (await readFile(join(outside, 'digest'), 'utf8')).trim();
  } finally {
    await removeTree(outside);
  }
}
