import { observeDisk, type DiskSource } from './observe-disk.ts';
import { resolveOstreePath } from './ostree-link.ts';
import { readOr, type OnDamage } from './damage.ts';
import type { FileSystem } from '../../blocklog/file-system.ts';
import type { SystemView } from '../observation.ts';

export interface OfflineSource extends Omit<DiskSource, 'root' | 'boot' | 'view' | 'onDamage'> {
  /**
   * Default: the first damage is thrown. What the boot loader would read before replay may be damaged by right (a directory ahead of its
   * inodes), so the two views are told apart.
   */
  readonly onDamage?: (view: 'firmware' | 'kernel', ...damage: Parameters<OnDamage>) => void;
  /** As the boot loader reads them: journals not replayed. */
  readonly firmware: { readonly root: FileSystem; readonly boot: FileSystem };
  /** After replay. */
  readonly kernel: { readonly root: FileSystem; readonly boot: FileSystem };
}

/** A disk between cut and boot in both views, and where they cross. */
export interface OfflineObservation {
  readonly firmware: SystemView;
  readonly kernel: SystemView;
  /** The deployment that the firmware's choice leads to in the kernel's view; null: nowhere, or nothing was picked. */
  readonly pickedResolvesTo: string | null;
}

/** @throws FileSystemDamage unless `onDamage` is given. */
export function observeOffline({ firmware, kernel, onDamage, ...options }: OfflineSource): OfflineObservation {
  const told = (view: 'firmware' | 'kernel'): { onDamage?: OnDamage } =>
    onDamage ? { onDamage: (...damage) => onDamage(view, ...damage) } : {};
  const seen = observeDisk({ ...options, ...firmware, ...told('firmware'), view: 'firmware' });
  const path = seen.boot.entries.find(({ file }) => file === seen.boot.default)?.ostreePath;
  const follow = (): string | undefined => path && resolveOstreePath(kernel.root, path);
  const { onDamage: onKernelDamage } = told('kernel');
  return {
    firmware: seen,
    kernel: observeDisk({ ...options, ...kernel, ...told('kernel'), view: 'kernel' }),
    pickedResolvesTo:
      (onKernelDamage ? readOr(undefined, 'ostree= of the default', onKernelDamage, follow) : follow()) ?? null,
  };
}
