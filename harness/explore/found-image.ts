import { openSystem, type SystemVolumes } from '../blocklog/system-volumes.ts';
import type { BlockDevice } from '../device/disk.ts';
import { UsageError } from '../errors/harness-error.ts';
import type { FileSystem } from '../blocklog/file-system.ts';
import { commitOf } from '../judge/deployment-name.ts';
import { differences } from '../judge/entry-difference.ts';
import { expectedEtc } from '../judge/etc-expectation.ts';
import type { ImageExpectation, Transition } from '../judge/transition.ts';
import { readManifest } from '../observe/offline/manifest.ts';
import { deploymentPath } from '../observe/offline/ostree-link.ts';
import { directoriesIn } from '../observe/offline/deployments.ts';
import { observeDisk } from '../observe/offline/observe-disk.ts';
import type { Manifest } from '../observe/observation.ts';

/** What a deployment on a disk promises, by its own word: kernel and initramfs of its /usr/lib/modules, its /usr, its /usr/etc. @throws UsageError `deployment-incomplete` */
export function foundImage(
  disk: BlockDevice,
  volumes: SystemVolumes,
  deployment: string,
  name: string,
): { readonly image: ImageExpectation; readonly usr: Manifest } {
  const incomplete = (what: string): UsageError =>
    new UsageError(`Not there: ${what} of ${name} (${deployment.slice(0, 100)})`, {
      code: 'deployment-incomplete',
      hint: 'the disk before the log and the disk after all of it have to be whole',
    });
  const { root } = openSystem(disk, volumes, 'kernel');
  const commit = commitOf(deployment);
  if (commit === undefined || !deployment.includes('/')) throw incomplete('a deployment');
  const path = deploymentPath(deployment);
  const usr = readManifest(root, `${path}/usr`);
  const kernelRelease = kernelIn(root, path);
  if (!usr || kernelRelease === undefined) throw incomplete('a kernel in /usr/lib/modules');
  const { boot } = observeDisk({ ...openSystem(disk, volumes, 'kernel'), view: 'kernel', content: false });
  const entry = boot.entries.find(({ resolvesTo }) => resolvesTo === deployment);
  const linuxSha256 = usr[`lib/modules/${kernelRelease}/vmlinuz`]?.sha256;
  // An initramfs that the device makes itself is in no image: then what the entry loads counts.
  const initrdSha256 = usr[`lib/modules/${kernelRelease}/initramfs.img`]?.sha256 ?? entry?.initrdSha256;
  if (linuxSha256 === undefined || initrdSha256 === undefined) throw incomplete('an initramfs');
  const image: ImageExpectation = {
    name,
    commit,
    version: entry?.version ?? '',
    kernelRelease,
    linuxSha256,
    initrdSha256,
    defaultEtc: readManifest(root, `${path}/usr/etc`) ?? {},
    etcPolicy: 'merge',
    rollback: 'none',
  };
  return { image, usr };
}

function kernelIn(root: FileSystem, path: string): string | undefined {
  return directoriesIn(root, `${path}/usr/lib/modules`).find(
    (name) => root.lookup(`${path}/usr/lib/modules/${name}/vmlinuz`) !== undefined,
  );
}

/** Paths in /etc that are other than a merge alone would make them, on disks that are whole: written by the systems themselves. */
export function changedEtc(
  transition: Pick<Transition, 'from' | 'to'> & object,
  disks: readonly BlockDevice[],
  volumes: SystemVolumes,
): string[] {
  const changed = new Set<string>();
  for (const disk of disks) {
    const { root } = openSystem(disk, volumes, 'kernel');
    const { deployments } = observeDisk({ ...openSystem(disk, volumes, 'kernel'), view: 'kernel', content: false });
    for (const { stateroot, checksum, serial } of deployments) {
      const expected = expectedEtc(transition as Transition, checksum);
      const is = readManifest(root, `${deploymentPath(`${stateroot}/${checksum}.${serial}`)}/etc`);
      if (!expected || !is) continue;
      for (const path of new Set([...Object.keys(expected.etc), ...Object.keys(is)])) {
        const [wanted, found] = [expected.etc[path], is[path]];
        if (!wanted || !found || differences(wanted, found, { ignoredXattrs: ['security.selinux'] }).length > 0)
          changed.add(path);
      }
    }
  }
  return [...changed].filter((path) => path !== '').sort();
}
