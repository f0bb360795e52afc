import type { BootEnvironment } from './boot-environment.ts';
import { grubBootCounting, type BootMenu } from './boot-menu.ts';
import { observeBoot } from './boot-state.ts';
import { readOr, type OnDamage } from './damage.ts';
import { observeDeployments } from './deployments.ts';
import { observeLeftovers } from './leftovers.ts';
import { readManifest } from './manifest.ts';
import { deploymentPath } from './ostree-link.ts';
import { realPath } from './real-path.ts';
import { verifyUsr } from './usr-verification.ts';
import type { FileSystem } from '../../blocklog/file-system.ts';
import type { Manifest, SystemView } from '../observation.ts';

const canaryPath = 'lib/bootproof-canary';
const hashedVarBytes = 64 * 1024;

export interface DiskSource {
  /** The file system that holds /ostree, in this view. */
  readonly root: FileSystem;
  /** The file system that is mounted at /boot, in this view. */
  readonly boot: FileSystem;
  readonly view: 'firmware' | 'kernel';
  /** Default: grubBootCounting. */
  readonly menu?: BootMenu;
  /** The boot loader's, where it does not lie on `boot`. */
  readonly environment?: BootEnvironment | undefined;
  /** Read /usr, /etc and /var of the picked deployment. Default: in the kernel view only, for the firmware reads none of them. */
  readonly content?: boolean;
  /** Manifest of /usr of the image with this commit; undefined: unknown, /usr is not verified. */
  readonly expectedUsr?: (checksum: string) => Manifest | undefined;
  /** Default: the first damage is thrown. Given: the damaged part is left out, and told. */
  readonly onDamage?: OnDamage;
}

/** What a disk that nobody runs would boot and hold. @throws FileSystemDamage unless `onDamage` is given. */
export function observeDisk(source: DiskSource): SystemView {
  const { root, boot, view, menu = grubBootCounting, content = view === 'kernel' } = source;
  const onDamage: OnDamage =
    source.onDamage ??
    ((_, error) => {
      throw error;
    });
  const bootState = observeBoot({ boot, root, menu, environment: source.environment, onDamage });
  const picked = bootState.entries.find(({ file }) => file === bootState.default)?.resolvesTo;
  return {
    view,
    deployments: observeDeployments(root, bootState, onDamage),
    boot: bootState,
    leftovers: observeLeftovers(root, boot, onDamage),
    ...(content && picked !== undefined ? observeContent(root, picked, source.expectedUsr, onDamage) : {}),
  };
}

function observeContent(
  root: FileSystem,
  picked: string,
  expectedUsr: DiskSource['expectedUsr'],
  onDamage: OnDamage,
): Partial<SystemView> {
  const path = deploymentPath(picked);
  const stateroot = `/ostree/deploy/${picked.split('/')[0]}`;
  const checksum = /([0-9a-f]{64})\.\d+$/.exec(picked)![1]!;
  const expected = expectedUsr?.(checksum);
  // A tree that is gone is an empty one: undefined says that nobody could look.
  const manifest = (where: string, ...rest: [string, Parameters<typeof readManifest>[2]?]): Manifest | undefined =>
    readOr(undefined, where, onDamage, () => readManifest(root, ...rest) ?? {});
  const parts = {
    usr: expected && { checksum, ...verifyUsr(root, path, expected) },
    etc: manifest('/etc', `${path}/etc`),
    canaries: manifest('the canaries', `${stateroot}/var/${canaryPath}`),
    var: manifest('/var', `${stateroot}/var`, { leaveOut: [canaryPath], hashUpToBytes: hashedVarBytes }),
    machineId: readOr(undefined, 'the machine id', onDamage, () => readMachineId(root, path)),
  };
  return Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined));
}

/** 32 hex digits, or `uninitialized` and the like as they stand there; undefined: no such file, or too long to be one. */
function readMachineId(root: FileSystem, path: string): string | undefined {
  const inode = realPath(root, `${path}/etc/machine-id`)?.inode;
  if (inode?.type !== 'file' || inode.sizeBytes > 64) return undefined;
  return root.readFile(inode).toString('latin1').trim();
}
