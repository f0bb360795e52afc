import { parseBootLoaderEntry, type BootLoaderEntry } from '../offline/boot-loader-entry.ts';
import type { BootEnvironment } from '../offline/boot-environment.ts';
import { grubBootCounting, pickEntry, uBootCounting, type BootMenu } from '../offline/boot-menu.ts';
import { parseGrubenv } from '../offline/grubenv.ts';
import { offeredByUEnv, onPartition, parseUEnv } from '../offline/u-boot-entries.ts';
import { parsePrintedEnvironment } from '../offline/u-boot-environment.ts';
import type { BootEntry, BootState } from '../observation.ts';

/** Guest scripts whose outputs `liveBootState` reads. */
export const bootSections = {
  loader: 'readlink /boot/loader',
  entries: `for entry in /boot/loader/entries/*.conf; do
    [ -f "$entry" ] || continue
    printf '\\001%s\\001' "\${entry##*/}"; cat "$entry"
    path=$(sed -n 's/^options .*\\bostree=\\([^ ]*\\).*/\\1/p' "$entry")
    printf '\\001%s' "$(readlink -f "/sysroot$path")"
  done`,
  kernels: 'cd /boot && find ostree -type f -exec sha256sum {} + 2>/dev/null',
  grubenv: 'cat /boot/grub/grubenv /boot/grub2/grubenv 2>/dev/null',
  uenv: 'cat /boot/loader/uEnv.txt 2>/dev/null',
  // these alone: the rest of an environment may hold what is nobody's business
  ubootenv: 'fw_printenv upgrade_available bootcount bootlimit 2>/dev/null',
} as const;

/**
 * Entries and environment as a running device has them, and the entry that would be picked at the next boot, by default as the boot loader does that the
 * environment is of.
 */
export function liveBootState(
  sections: Readonly<Record<keyof typeof bootSections, string>>,
  given?: BootMenu,
): BootState {
  const counted = parsePrintedEnvironment(sections.ubootenv);
  const isUBoot = Object.keys(counted).length > 0;
  const menu = given ?? (isUBoot ? uBootCounting : grubBootCounting);
  const hashes = new Map(
    [...sections.kernels.matchAll(/^([0-9a-f]{64}) [ *](.*)$/gm)].map(([, hash, path]) => [`/${path!}`, hash!]),
  );
  const pieces = sections.entries.split('\x01').slice(1);
  const entries: BootEntry[] = [];
  for (let at = 0; at + 2 < pieces.length; at += 3) {
    const [file, text, resolved] = pieces.slice(at, at + 3) as [string, string, string];
    const target = /\/ostree\/deploy\/([^/]+)\/deploy\/([0-9a-f]{64}\.\d+)\s*$/.exec(resolved);
    entries.push(bootEntry(file, parseBootLoaderEntry(text), hashes, target ? `${target[1]}/${target[2]}` : undefined));
  }
  const environment = isUBoot ? { valid: true, variables: counted } : grubEnvironment(sections.grubenv);
  const offered = menu.list && offeredByUEnv(entries, parseUEnv(sections.uenv));
  // Where it leads was not asked of the device: to what an entry with the same path leads.
  for (const { file, ...entry } of offered?.unlisted ?? [])
    entries.push(
      bootEntry(file, entry, hashes, entries.find((one) => one.ostreePath === entry.ostreePath)?.resolvesTo),
    );
  const shown = offered?.shown ?? menu.shown(entries.map(({ file }) => file));
  const loadable = (file: string): boolean =>
    entries.some((entry) => entry.file === file && entry.linuxSha256 !== undefined);
  const picked = pickEntry(menu, shown, environment?.variables ?? {}, loadable);
  const loader = sections.loader.trim();
  return {
    ...(loader === '' || loader.includes('\n') ? {} : { loader }),
    entries: [
      ...shown.map((file) => entries.find((entry) => entry.file === file)!),
      ...(offered ? entries.filter(({ file }) => !shown.includes(file)) : []),
    ],
    ...(environment ? { environment: environment.variables } : {}),
    environmentValid: environment?.valid ?? true,
    ...(picked === undefined ? {} : { default: picked }),
  };
}

function bootEntry(
  file: string,
  { title, version, options, linux, initrd, ostreePath }: BootLoaderEntry,
  hashes: ReadonlyMap<string, string>,
  resolvesTo: string | undefined,
): BootEntry {
  const optional = {
    initrd,
    linuxSha256: hashes.get(onPartition(linux)),
    initrdSha256: initrd === undefined ? undefined : hashes.get(onPartition(initrd)),
    ostreePath,
    resolvesTo,
  };
  const present = Object.entries(optional).filter(([, value]) => value !== undefined);
  return { file, title, version, options, linux, ...Object.fromEntries(present) };
}

function grubEnvironment(block: string): BootEnvironment | undefined {
  return block === '' ? undefined : parseGrubenv(Buffer.from(block, 'latin1'));
}
