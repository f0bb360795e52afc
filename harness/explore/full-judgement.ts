import { ProductError } from '../errors/harness-error.ts';
import type { RecordedDisk } from '../blocklog/disk-state.ts';
import { openSystem } from '../blocklog/system-volumes.ts';
import type { FileSystem } from '../blocklog/file-system.ts';
import { deploymentPath } from '../observe/offline/ostree-link.ts';
import { bootMenuOf } from '../observe/offline/boot-menu.ts';
import { observeOffline } from '../observe/offline/observe-offline.ts';
import { readManifest } from '../observe/offline/manifest.ts';
import { readOr, type OnDamage } from '../observe/offline/damage.ts';
import { verifyUsr } from '../observe/offline/usr-verification.ts';
import type { CrashState } from './crash-state.ts';
import type { ObservedContent, ObservedState, UnreadableState } from './observed-state.ts';
import { RebuiltState } from './rebuilt-state.ts';
import { judgeState, type StateVerdict } from './state-judge.ts';
import type { ExploreSubject } from './subject.ts';

/**
 * The naive way: the state is rebuilt from the log, both views are read whole and judged. Slow, and with nothing in common with the
 * way that remembers but the readers and the oracles: what that one prunes has to come out the same here.
 */
export function judgeInFull(disk: RecordedDisk, subject: ExploreSubject, state: CrashState): StateVerdict {
  return judgeState(subject, state, observeInFull(disk, subject, state));
}

function observeInFull(
  disk: RecordedDisk,
  { usr, volumes, menu }: ExploreSubject,
  state: CrashState,
): ObservedState | UnreadableState {
  let view: 'firmware' | 'kernel' = 'kernel';
  try {
    const whole = new RebuiltState(disk, state);
    const kernel = openSystem(whole, volumes, 'kernel');
    view = 'firmware';
    const firmware = openSystem(whole, volumes, 'firmware');
    const damage: string[] = [];
    const onDamage: OnDamage = (where, error) => damage.push(`${where}: ${error.message}`);
    const expectedUsr = (checksum: string) => usr[checksum];
    const seen = observeOffline({
      menu: bootMenuOf(menu),
      firmware,
      kernel,
      expectedUsr,
      onDamage: (of, ...told) => {
        if (of === 'kernel') onDamage(...told);
      },
    });
    const { boot, usr: ownUsr, etc, canaries } = seen.kernel;
    const picked = boot.entries.find(({ file }) => file === boot.default)?.resolvesTo;
    const booted = seen.pickedResolvesTo;
    return {
      firmware: seen.firmware,
      kernel: seen.kernel,
      content: picked === undefined ? undefined : { usr: ownUsr, etc, canaries },
      bootedContent:
        booted !== null && booted !== picked ? contentOf(kernel.root, booted, expectedUsr, onDamage) : undefined,
      pickedResolvesTo: booted,
      damage,
    };
  } catch (error) {
    if (!(error instanceof ProductError)) throw error;
    return { unreadable: view, why: error.message };
  }
}

function contentOf(
  root: FileSystem,
  deployment: string,
  expectedUsr: (checksum: string) => Parameters<typeof verifyUsr>[2] | undefined,
  onDamage: OnDamage,
): ObservedContent {
  const path = deploymentPath(deployment);
  const checksum = /([0-9a-f]{64})\.\d+$/.exec(deployment)![1]!;
  const expected = expectedUsr(checksum);
  const manifest = (where: string, at: string): ObservedContent['etc'] =>
    readOr(undefined, where, onDamage, () => readManifest(root, at) ?? {});
  return {
    usr: expected && { checksum, ...verifyUsr(root, path, expected) },
    etc: manifest('/etc', `${path}/etc`),
    canaries: manifest('the canaries', `/ostree/deploy/${deployment.split('/')[0]}/var/lib/bootproof-canary`),
  };
}
