import type { ConsoleLine } from './console-line.ts';

export type BootSign = 'firmware' | 'boot-loader' | 'kernel';

/** One start of the device, as the console shows it. */
export interface ConsoleBoot {
  /** Of the first line that belongs to it. */
  readonly offset: number;
  /** `Linux version ...`: where, and which release. Absent while the kernel has not spoken, or was told to be quiet. */
  readonly kernel?: { readonly offset: number; readonly release: string };
  readonly signs: readonly BootSign[];
}

/** The kernel's first line has the time 0 where its clock has not begun; a copy in a log or `cat /proc/version` has another form. */
const kernelStart = /\[ {4}0\.0\d{5}\](?: *\[ *T\d+\])? Linux version (\S+)/;
const signPatterns: readonly (readonly [BootSign, RegExp])[] = [
  ['firmware', /^SeaBIOS \(version|^UEFI firmware \(version|^BdsDxe: |^U-Boot \d{4}\.|^U-Boot SPL \d{4}\./],
  ['boot-loader', /^\s*Booting [`'‘]|GNU GRUB +version|Welcome to GRUB!/],
  ['kernel', kernelStart],
];

/** What the kernel and the firmware say when the running system ends. */
const goingDown = /reboot: (?:Restarting system|Power down|machine restart)|Rebooting in \d+ seconds/;

/** A device that prints its first line for ever must not fill the memory. */
const maxBoots = 10_000;

export function bootSign(text: string): BootSign | undefined {
  return signPatterns.find(([, pattern]) => pattern.test(text))?.[0];
}

/**
 * Tells the boots of a console apart. A new one begins at a sign that cannot follow what the present one has shown: firmware
 * after anything, a boot loader or a kernel after a kernel. A boot loader that tries its next entry is still the same boot.
 */
export class BootTracker {
  readonly #boots: { offset: number; kernel?: { offset: number; release: string }; signs: BootSign[] }[] = [];
  #beforeKernel = true;

  get boots(): readonly ConsoleBoot[] {
    return this.#boots;
  }

  /** True until a kernel speaks: lines are the firmware's and the boot loader's. */
  get beforeKernel(): boolean {
    return this.#beforeKernel;
  }

  push({ text, offset }: ConsoleLine): void {
    if (goingDown.test(text)) this.#beforeKernel = true;
    const sign = bootSign(text);
    if (!sign) return;
    const present = this.#boots.at(-1);
    if (this.#boots.length >= maxBoots) return;
    const begins = !present || (sign === 'firmware' ? !onlyFirmware(present.signs) : present.signs.includes('kernel'));
    const boot = begins ? { offset, signs: [] as BootSign[] } : present;
    if (begins) this.#boots.push(boot);
    if (boot.signs.at(-1) !== sign) boot.signs.push(sign);
    if (sign === 'kernel') Object.assign(boot, { kernel: { offset, release: kernelStart.exec(text)?.[1] ?? '' } });
    this.#beforeKernel = sign !== 'kernel';
  }
}

/** U-Boot's SPL and U-Boot, SeaBIOS and its option ROMs: several lines of one start. */
function onlyFirmware(signs: readonly BootSign[]): boolean {
  return signs.every((sign) => sign === 'firmware');
}
