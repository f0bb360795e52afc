import type { Gpt } from '../../blocklog/gpt.ts';
import type { BootEnvironment } from './boot-environment.ts';
import { grubBootCounting, uBootCounting, type BootMenu } from './boot-menu.ts';
import { parseUBootEnvironment, uBootEnvironmentBytes } from './u-boot-environment.ts';

/** How a disk is started, as its partitions say it: one named `env` is U-Boot's; else GRUB is there, and its environment lies in /boot. */
export function bootLoaderOf(gpt: Gpt): { menu: BootMenu; environment?: BootEnvironment } {
  if (!gpt.find('env')) return { menu: grubBootCounting };
  return { menu: uBootCounting, environment: parseUBootEnvironment(gpt.open('env').read(0, uBootEnvironmentBytes)) };
}
