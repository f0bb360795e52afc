import { copyFile, open, rm } from 'node:fs/promises';
import { constants } from 'node:fs';
import { execa } from 'execa';
import { Ext4 } from '../../harness/blocklog/ext4/ext4.ts';
import { FileSystemDamage, FileSystemUnsupported } from '../../harness/blocklog/file-system-damage.ts';
import { Gpt } from '../../harness/blocklog/gpt.ts';
import { RawImage } from '../../harness/blocklog/raw-image.ts';
import { UsageError } from '../../harness/errors/harness-error.ts';
import { deploymentDirs } from '../../harness/observe/offline/deployments.ts';

/** What is on a disk that somebody installed, as far as a run needs to know it. */
export interface DeclaredDisk {
  /** STATEROOT/COMMIT.SERIAL of each deployment. */
  readonly deployments: readonly string[];
  /** Names that its partition table lacks of those that faults are aimed and read by. */
  readonly lacks: readonly string[];
}

/** Partitions that a recording is read by; `root` is also the label of the file system that gets the device's identity. */
const partitionNames = ['boot', 'marks', 'root'] as const;

/**
 * Copies a raw or qcow2 disk to a raw file. @throws UsageError `disk-missing`, `disk-has-backing-file` (it could be any file of this host),
 * `no-qemu-img`, `disk-unreadable`.
 */
export async function copyRaw(path: string, output: string): Promise<void> {
  const header = await headerOf(path);
  if (header.subarray(0, 4).toString('latin1') !== 'QFI\xfb') return copyFile(path, output, constants.COPYFILE_FICLONE);
  if (header.readBigUInt64BE(8) !== 0n) {
    throw new UsageError(`Has a backing file: ${path}`, {
      code: 'disk-has-backing-file',
      hint: '`qemu-img convert -O qcow2 DISK NEW` makes one that stands alone',
    });
  }
  const result = await execa('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', path, output], { reject: false });
  if (!result.failed) return;
  await rm(output, { force: true });
  if (result.code === 'ENOENT')
    throw new UsageError(`No qemu-img on this host, to read a qcow2 disk: ${path}`, {
      code: 'no-qemu-img',
      hint: 'apt install qemu-utils, or give a raw disk',
    });
  throw new UsageError(`Cannot be read as qcow2: ${path}\n${result.stderr.trim().slice(-300)}`, {
    code: 'disk-unreadable',
  });
}

async function headerOf(path: string): Promise<Buffer> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw new UsageError(`No such disk: ${path}`, { code: 'disk-missing', cause });
  });
  try {
    const header = Buffer.alloc(16);
    await file.read(header, 0, header.length, 0);
    return header;
  } finally {
    await file.close();
  }
}

/** Looks at a raw disk. @throws UsageError `disk-not-bootable`: no GPT, or no ext4 file system `root` with deployments on it. */
export function lookAtDisk(path: string): DeclaredDisk {
  const disk = new RawImage(path);
  try {
    const gpt = Gpt.read(disk);
    const lacks = partitionNames.filter((name) => !gpt.find(name));
    const deployments = deploymentDirs(new Ext4(gpt.open('root'), { verify: true }));
    if (deployments.length === 0) throw notBootable(path, 'no deployment on its root file system');
    return { deployments, lacks };
  } catch (error) {
    if (error instanceof FileSystemDamage || error instanceof FileSystemUnsupported)
      throw notBootable(path, error.message);
    if (error instanceof UsageError && error.code === 'no-such-partition')
      throw notBootable(path, `no partition named root; ${error.hint}`);
    throw error;
  } finally {
    disk.close();
  }
}

/** The stateroot in which a disk has this commit. @throws UsageError `disk-of-another-image`. */
export function staterootOf({ deployments }: DeclaredDisk, commit: string, path: string): string {
  const found = deployments.find((name) => name.endsWith(`/${commit}.0`));
  if (found) return found.slice(0, found.indexOf('/'));
  throw new UsageError(`Image v1 is not on the disk, commit ${commit}: ${path}`, {
    code: 'disk-of-another-image',
    hint: `it has ${deployments.slice(0, 4).join(', ')}; v1 must be the image that the disk was made of, by its digest`,
  });
}

function notBootable(path: string, why: string): UsageError {
  return new UsageError(`Not a disk with an OSTree or bootc system (${why}): ${path}`, {
    code: 'disk-not-bootable',
    hint: 'images/README.md says what a disk must offer',
  });
}
