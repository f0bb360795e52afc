import { parseBootLoaderEntry } from '../offline/boot-loader-entry.ts';
import { pickEntry, type BootMenu } from '../offline/boot-menu.ts';
import { parseGrubenv } from '../offline/grubenv.ts';
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
} as const;

/** Entries and environment as they lie in /boot of a running device, and the one that would be picked at the next boot. */
export function liveBootState(
  sections: Readonly<Record<keyof typeof bootSections, string>>,
  menu: BootMenu,
): BootState {
  const hashes = new Map(
    [...sections.kernels.matchAll(/^([0-9a-f]{64}) [ *](.*)$/gm)].map(([, hash, path]) => [`/${path!}`, hash!]),
  );
  const pieces = sections.entries.split('\x01').slice(1);
  const entries: BootEntry[] = [];
  for (let at = 0; at + 2 < pieces.length; at += 3) {
    const [file, text, resolved] = pieces.slice(at, at + 3) as [string, string, string];
    const { title, version, options, linux, initrd, ostreePath } = parseBootLoaderEntry(text);
    const [linuxSha256, initrdSha256] = [hashes.get(linux), initrd === undefined ? undefined : hashes.get(initrd)];
    const target = /\/ostree\/deploy\/([^/]+)\/deploy\/([0-9a-f]{64}\.\d+)\s*$/.exec(resolved);
    entries.push({
      file,
      title,
      version,
      options,
      linux,
      ...(initrd === undefined ? {} : { initrd }),
      ...(linuxSha256 === undefined ? {} : { linuxSha256 }),
      ...(initrdSha256 === undefined ? {} : { initrdSha256 }),
      ...(ostreePath === undefined ? {} : { ostreePath }),
      ...(target ? { resolvesTo: `${target[1]}/${target[2]}` } : {}),
    });
  }
  const environment = sections.grubenv === '' ? undefined : parseGrubenv(Buffer.from(sections.grubenv, 'latin1'));
  const shown = menu.shown(entries.map(({ file }) => file));
  const loadable = (file: string): boolean =>
    entries.some((entry) => entry.file === file && entry.linuxSha256 !== undefined);
  const picked = pickEntry(menu, shown, environment?.variables ?? {}, loadable);
  const loader = sections.loader.trim();
  return {
    ...(loader === '' || loader.includes('\n') ? {} : { loader }),
    entries: shown.map((file) => entries.find((entry) => entry.file === file)!),
    ...(environment ? { environment: environment.variables } : {}),
    environmentValid: environment?.valid ?? true,
    ...(picked === undefined ? {} : { default: picked }),
  };
}
