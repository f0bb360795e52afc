import { basename } from './base-name.ts';
import { deploymentName } from './deployment-name.ts';
import { pickedEntry } from './picked-entry.ts';
import type { Transition } from './transition.ts';

type Offline = NonNullable<Transition['offline']>;

/** The deployment that the firmware's pick leads to once the kernel has replayed the journal; undefined: nowhere. */
export function crossedPick({ firmware, kernel, pickedResolvesTo }: Offline): string | undefined {
  const picked = pickedEntry(firmware.boot);
  if (picked?.ostreePath === undefined) return undefined;
  const name =
    pickedResolvesTo === undefined
      ? throughKernelView(picked.ostreePath, picked.resolvesTo, kernel)
      : (pickedResolvesTo ?? undefined);
  const exists = [...kernel.deployments.map(deploymentName), ...kernel.leftovers.deploymentDirs];
  return name !== undefined && exists.includes(name) ? name : undefined;
}

/** Without a look-up: the kernel's entry of the same path, or the firmware's answer as long as the boot link is still there. */
function throughKernelView(
  path: string,
  inFirmware: string | undefined,
  kernel: Offline['kernel'],
): string | undefined {
  const same = kernel.boot.entries.find((entry) => entry.ostreePath === path);
  if (same) return same.resolvesTo;
  const link = /^\/?ostree\/(boot\.[01](?:\.[01])?)\//.exec(path)?.[1];
  return link !== undefined && kernel.leftovers.bootlinks.map(basename).includes(link) ? inFirmware : undefined;
}
