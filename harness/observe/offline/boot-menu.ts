import { InternalError } from '../../errors/harness-error.ts';

/** How an image's boot loader makes its menu and its choice: the rule only, no reading. */
export interface BootMenu {
  readonly kind: string;
  /** What it reads beside the entries, and goes by instead of them. */
  readonly list?: 'uEnv.txt';
  /** Of the files in loader/entries, those that the menu shows, first first. */
  shown(files: readonly string[]): string[];
  /** The entries that are tried, the default first, with `environment` as it stands before this boot. */
  attempts(shown: readonly string[], environment: Readonly<Record<string, string>>): string[];
}

/**
 * The reference image's grub.cfg: ostree-9.conf down to ostree-1.conf, the highest number is the default and the one after it the
 * fallback. While boot_counter is set and boot_success is not 1 (greenboot's contract), a counter of 0 or -1 swaps the two.
 */
export const grubBootCounting: BootMenu = {
  kind: 'grub-boot-counting',
  shown: (files) => files.filter((file) => /^ostree-[1-9]\.conf$/.test(file)).sort((a, b) => (a < b ? 1 : -1)),
  attempts: (shown, { boot_counter: counter, boot_success: success }) => {
    const [first, second] = shown;
    if (first === undefined || second === undefined) return shown.slice(0, 1);
    const exhausted = success !== '1' && (counter === '0' || counter === '-1');
    return exhausted ? [second, first] : [first, second];
  },
};

/**
 * Boot Loader Specification entries as GRUB's blscfg and ostree order them: the highest number of `ostree-N.conf` or `ostree-N-STATEROOT.conf` first,
 * other names after them. The first is the default, and there is no fallback: where it cannot be loaded the boot loader waits for a person.
 */
export const plainBootMenu: BootMenu = {
  kind: 'bls',
  shown: (files) => {
    const number = (file: string): number => Number(/^ostree-(\d{1,9})(?:-[^/]*)?\.conf$/.exec(file)?.[1] ?? -1);
    const conf = files.filter((file) => file.endsWith('.conf'));
    return conf.sort((a, b) => number(b) - number(a) || (a < b ? 1 : -1));
  },
  attempts: (shown) => shown.slice(0, 1),
};

/**
 * The boot script of images/arm64: the entries as ostree numbers them, the first two of which are each other's fallback. While upgrade_available is
 * 1 (U-Boot's own names, doc/api/bootcount.rst) each boot is counted before the choice, and beyond bootlimit the two are swapped.
 */
export const uBootCounting: BootMenu = {
  kind: 'u-boot-counting',
  list: 'uEnv.txt',
  shown: (files) => plainBootMenu.shown(files),
  attempts: ([first, second], { upgrade_available: counting, bootcount, bootlimit }) => {
    if (first === undefined || second === undefined) return [first, second].filter((file) => file !== undefined);
    const [count, limit] = [bootcount, bootlimit].map((text) => (/^\d{1,9}$/.test(text ?? '') ? Number(text) : NaN));
    const exhausted = counting === '1' && count! >= limit!;
    return exhausted ? [second, first] : [first, second];
  },
};

export const bootMenus = [grubBootCounting, plainBootMenu, uBootCounting] as const;

/** @throws InternalError for a kind that is none of `bootMenus`. */
export function bootMenuOf(kind: string): BootMenu {
  const found = bootMenus.find((menu) => menu.kind === kind);
  if (found) return found;
  throw new InternalError(`No such boot menu: ${kind}`, { code: 'no-such-menu' });
}

/** The entry that runs: the first tried that can be loaded. undefined: the boot loader has nothing to boot. */
export function pickEntry(
  menu: BootMenu,
  shown: readonly string[],
  environment: Readonly<Record<string, string>>,
  loadable: (file: string) => boolean,
): string | undefined {
  return menu.attempts(shown, environment).find(loadable);
}
