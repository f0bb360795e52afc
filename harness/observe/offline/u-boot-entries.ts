import { parseBootLoaderEntry, type BootLoaderEntry } from './boot-loader-entry.ts';

type Named = Pick<BootLoaderEntry, 'linux' | 'options'> & {
  readonly file: string;
  readonly initrd?: string | undefined;
};

/**
 * What /boot/loader/uEnv.txt offers, the default first: ostree's backend for U-Boot (ostree-bootloader-uboot.c) writes kernel_image, ramdisk_image
 * and bootargs, and the same with 2, 3 ... behind for the deployments after it. Never throws: what is torn ends the list.
 */
export function parseUEnv(text: string): BootLoaderEntry[] {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^\s*(kernel_image|ramdisk_image|bootargs)([2-9]?)=(.*)$/.exec(line);
    if (match) values.set(`${match[1]}${match[2]}`, match[3]!);
  }
  const found: BootLoaderEntry[] = [];
  for (const suffix of ['', '2', '3', '4', '5', '6', '7', '8', '9']) {
    const linux = values.get(`kernel_image${suffix}`);
    if (!linux) break;
    const lines = [`options ${values.get(`bootargs${suffix}`) ?? ''}`, `linux ${linux}`];
    const initrd = values.get(`ramdisk_image${suffix}`);
    found.push(parseBootLoaderEntry([...lines, ...(initrd ? [`initrd ${initrd}`] : [])].join('\n')));
  }
  return found;
}

/**
 * U-Boot reads uEnv.txt and not the entries beside it. Where it offers what one of them says, it is that one; what none of them says is an entry of its
 * own, named `uEnv.txt` with its number.
 * @returns the files in the order that U-Boot tries them, and those that only uEnv.txt has.
 */
export function offeredByUEnv(
  entries: readonly Named[],
  offered: readonly BootLoaderEntry[],
): { shown: string[]; unlisted: (BootLoaderEntry & { file: string })[] } {
  const unlisted: (BootLoaderEntry & { file: string })[] = [];
  const shown = offered.map((one, index) => {
    const same = entries.find(
      ({ linux, initrd, options }) =>
        linux === onPartition(one.linux) && initrd === onPartition(one.initrd) && options === one.options,
    );
    if (same) return same.file;
    const file = `uEnv.txt ${index + 1}`;
    unlisted.push({ ...one, file });
    return file;
  });
  return { shown, unlisted };
}

/** ostree writes paths of the root file system, and a link `boot` to itself makes them good on a partition of its own. */
export function onPartition<T extends string | undefined>(path: T): T {
  return path?.replace(/^\/boot(?=\/)/, '') as T;
}
