import type { Deadline } from '../../harness/device/deadline.ts';
import type { Shell } from '../../harness/device/shell.ts';

/** What the kernel says of one block device: name, model, firmware, wear, cache ... */
export type StoragePart = Readonly<Record<string, string>>;

/** sysfs: eMMC and SD have cid, fwrev and life_time, UFS and SCSI model and rev, NVMe model and firmware_rev. */
export const storageScript = `for disk in /sys/block/*; do
  case $disk in */loop*|*/ram*|*/zram*|*/dm-*|*/sr*) continue;; esac
  echo "disk=\${disk##*/}"
  for fact in size queue/write_cache queue/rotational serial device/name device/model device/vendor device/rev device/serial \\
    device/cid device/fwrev device/firmware_rev device/life_time device/pre_eol_info device/date; do
    [ -r "$disk/$fact" ] && printf '%s=%s\\n' "\${fact##*/}" "$(cat "$disk/$fact" 2>/dev/null)"
  done
done
exit 0`;

const maxParts = 16;
const maxBytes = 16 * 1024;

/**
 * The storage that a verdict of this board holds for; another part, firmware or cache mode may lose other things at a cut. The device's own
 * word, read once an image. undefined: it did not say. Never throws: a device that does not answer shows elsewhere.
 */
export async function storageOf(shell: Shell, deadline: Deadline): Promise<StoragePart[] | undefined> {
  try {
    const part = deadline.within('the identity of the storage', 10_000);
    const { exitCode, stdout } = await shell.script(storageScript, [], { deadline: part, maxBytes });
    return exitCode === 0 ? partsOf(stdout.toString('utf8')) : undefined;
  } catch {
    return undefined;
  }
}

/** Untrusted: bounded, and printable ASCII alone. */
export function partsOf(text: string): StoragePart[] {
  const parts: Map<string, string>[] = [];
  for (const line of text.split('\n')) {
    const [, key, value] = /^([a-z_]{1,20})=(.*)$/.exec(line) ?? [];
    if (key === undefined || value === undefined) continue;
    const clean = value
      .replace(/[^\x20-\x7e]/g, '')
      .trim()
      .slice(0, 100);
    if (key === 'disk') parts.push(new Map());
    if (clean !== '') parts.at(-1)?.set(key, clean);
  }
  return parts.slice(0, maxParts).map((part) => Object.fromEntries(part));
}
