import type { BootEntry, BootState } from '../observe/observation.ts';

/** Boot counting renames `x.conf` to `x+3.conf` and `x+2-1.conf`: the entry stays the same one. */
function withoutCounter(file: string): string {
  return file.replace(/\+\d+(-\d+)?(?=\.conf$)/, '');
}

/** The entry that the firmware would pick; undefined: it names none, or one that is not there. */
export function pickedEntry(boot: BootState): BootEntry | undefined {
  const wanted = boot.default;
  if (wanted === undefined) return undefined;
  return boot.entries.find((entry) => withoutCounter(entry.file) === withoutCounter(wanted));
}
