import { parseTreeScan, treeScanScript } from '../../harness/observe/live/tree-scan.ts';
import type { ImageContents, ImageRecord } from '../image-set.ts';
import type { BuilderRoot } from './builder-root.ts';

/** Everything below /usr of a checkout in the builder root, and /usr/etc by itself. */
export async function contentsOf(root: BuilderRoot, checkout: string): Promise<ImageContents> {
  const scan = await root.bytes(['sh', '-c', treeScanScript, 'sh', `${checkout}/usr`, String(2 ** 40)]);
  const usr = await parseTreeScan(
    (async function* () {
      yield scan;
    })(),
  );
  const defaultEtc = Object.fromEntries(
    Object.entries(usr)
      .filter(([path]) => path === 'etc' || path.startsWith('etc/'))
      .map(([path, entry]) => [path === 'etc' ? '' : path.slice(4), entry]),
  );
  return { usr, defaultEtc };
}

/** The record of an image made from `base`, with the kernel and initramfs that it turned out to have. */
export function recordFrom(
  base: Omit<ImageRecord, 'name' | 'commit' | 'linuxSha256' | 'initrdSha256'>,
  name: string,
  commit: string,
  { usr }: ImageContents,
): ImageRecord {
  const module = (leaf: string): string => usr[`lib/modules/${base.kernelRelease}/${leaf}`]?.sha256 ?? '';
  return { ...base, name, commit, linuxSha256: module('vmlinuz'), initrdSha256: module('initramfs.img') };
}
