import type { ComposefsRoot } from '../observation.ts';

/**
 * The fs-verity digest of the booted deployment's composefs image, as the kernel measures it (`fsverity measure`, package fsverity). Its file keeps the name
 * that ostree gives it: OSTREE_COMPOSEFS_NAME in ostree's src/libostree/ostree-core-private.h.
 */
export const measureScript = `command -v fsverity >/dev/null && fsverity measure "/sysroot$(tr ' ' '\\n' </proc/cmdline | sed -n 's/^ostree=//p')/.ostree.cfs"`;

/**
 * Of /proc/self/mountinfo: an overlay over nothing but a composefs image names `composefs` as its source (lcfs_mount.c in composefs). The last mount on / is
 * the one that is seen.
 */
export function composefsRoot(mountinfo: string, measured: string): { composefs?: ComposefsRoot } {
  const root = mountinfo
    .split('\n')
    .map((line) => line.split(' '))
    .filter((fields) => fields[4] === '/')
    .at(-1);
  if (!root) return {};
  const [fstype, source, options = ''] = root.slice(root.indexOf('-') + 1);
  if (fstype !== 'overlay' || source !== 'composefs') return {};
  const digest = /^sha256:([0-9a-f]{64}) /m.exec(measured)?.[1];
  const verityRequired = options.split(',').includes('verity=require');
  return { composefs: { verityRequired, ...(digest ? { digest } : {}) } };
}
