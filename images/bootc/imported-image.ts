import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseTreeScan, treeScanScript } from '../../harness/observe/live/tree-scan.ts';
import type { BuilderRoot } from '../builder/builder-root.ts';
import type { ImageContents, ImageRecord } from '../image-set.ts';

/**
 * Imports an image of the root's OCI layout as a device does, and says what a device must then have: its commit, its kernel, every file of
 * /usr. Kept in `work` beside the set.
 */
export async function importImage(
  root: BuilderRoot,
  work: string,
  name: string,
  policy: Pick<ImageRecord, 'etcPolicy' | 'rollback' | 'unhealthy'>,
): Promise<ImageRecord> {
  const said = await root.run(['sh', '/build/bootc-images/import.sh', name]);
  const [commit = '', kernelRelease = ''] = said.trim().split('\n').at(-1)!.split(' ');
  const contents = await contentsOf(root, name);
  await mkdir(join(work, 'contents'), { recursive: true });
  await writeFile(join(work, 'contents', `${name}.json`), JSON.stringify(contents));
  const file = (leaf: string): string => contents.usr[`lib/modules/${kernelRelease}/${leaf}`]?.sha256 ?? '';
  return {
    name,
    commit,
    version: name,
    kernelRelease,
    linuxSha256: file('vmlinuz'),
    initrdSha256: file('initramfs.img'),
    ...policy,
  };
}

async function contentsOf(root: BuilderRoot, name: string): Promise<ImageContents> {
  const bytes = await root.bytes(['sh', '-c', treeScanScript, 'sh', `/build/checkout/${name}/usr`, String(2 ** 40)]);
  const usr = await parseTreeScan(
    (async function* () {
      yield bytes;
    })(),
  );
  const etc = Object.entries(usr).filter(([path]) => path === 'etc' || path.startsWith('etc/'));
  return { usr, defaultEtc: Object.fromEntries(etc.map(([path, entry]) => [path.slice(4), entry])) };
}
