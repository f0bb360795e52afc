import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Deadline } from '../../harness/device/deadline.ts';
import type { ProvisionRequest } from '../../harness/device/target.ts';
import { copyDisk } from './disk-copy.ts';
import { DiskRecording } from './disk-recording.ts';
import { injectFiles } from './file-injection.ts';
import { checkSpace } from './host-space.ts';

export interface ProvisionedDisk {
  /** Raw image that the machine writes. */
  readonly path: string;
  readonly identity: ProvisionRequest['identity'];
  /** Set when the next power-on records. */
  readonly recording: DiskRecording | undefined;
}

/**
 * Makes the working copy. A recording needs the disk before the first write too: it and the log stay in a directory of their own, so
 * that the bench can be provisioned with a disk rebuilt from them.
 */
export async function provisionDisk(
  stateDir: string,
  { disk, identity, inject, record }: ProvisionRequest,
  recordingNumber: number,
  deadline: Deadline,
): Promise<ProvisionedDisk> {
  const path = diskPath(stateDir);
  await rm(path, { force: true });
  await checkSpace(stateDir, disk, record ? 2 : 1);
  if (!record) {
    await copyDisk(disk, path, deadline);
    if (inject.length > 0) await injectFiles(path, inject, stateDir, deadline);
    return { path, identity, recording: undefined };
  }
  const directory = join(stateDir, `recording-${recordingNumber}`);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory);
  const recording = new DiskRecording(join(directory, 'base.raw'), join(directory, 'disk.log'));
  await copyDisk(disk, recording.basePath, deadline);
  if (inject.length > 0) await injectFiles(recording.basePath, inject, stateDir, deadline);
  await copyDisk(recording.basePath, path, deadline);
  await chmod(recording.basePath, 0o400);
  await writeFile(recording.logPath, '', { mode: 0o600 }); // QEMU does not create it
  return { path, identity, recording };
}

export function diskPath(stateDir: string): string {
  return join(stateDir, 'disk.raw');
}
