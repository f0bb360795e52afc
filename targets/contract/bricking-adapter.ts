import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeviceIdentity, Target } from '../../harness/device/target.ts';
import { withPower, withTarget } from './delegate.ts';

const pieceBytes = 4 * 1024 * 1024;
/** The code of the first sector; the partition table behind it stays. */
const bootCodeBytes = 440;

/**
 * A good bench whose device is bricked as power comes back after a cut: the boot code is gone from its disk, and everything else is as the
 * cut left it, so that nothing but the silence of the boot can show it. The next disk is a good one.
 */
export function brickedAfterCut(target: Target): Target {
  let identity: DeviceIdentity | undefined;
  let wasCut = false;
  const cutting = withPower(target, (power) => ({
    cut: async (deadline) => {
      const receipt = await power.cut(deadline);
      wasCut = true;
      return receipt;
    },
    on: async (deadline) => {
      if (wasCut && identity) {
        const directory = await mkdtemp(join(tmpdir(), 'bootproof-bricked-'));
        try {
          const disk = join(directory, 'disk.raw');
          await copyWithoutBootCode(target, disk);
          await target.provision({ disk, identity, inject: [] }, deadline);
        } finally {
          await rm(directory, { recursive: true, force: true });
        }
      }
      wasCut = false;
      await power.on(deadline);
    },
  }));
  return withTarget(cutting, {
    provision: async (request, deadline) => {
      identity = request.identity;
      wasCut = false;
      await target.provision(request, deadline);
    },
  });
}

async function copyWithoutBootCode(target: Target, path: string): Promise<void> {
  const disk = await target.openDisk();
  const file = await open(path, 'wx');
  try {
    await file.truncate(disk.sizeBytes);
    for (let at = 0; at < disk.sizeBytes; at += pieceBytes) {
      const piece = disk.read(at, Math.min(pieceBytes, disk.sizeBytes - at));
      if (at === 0) piece.fill(0, 0, bootCodeBytes);
      if (!piece.equals(Buffer.alloc(piece.length))) await file.write(piece, 0, piece.length, at);
    }
  } finally {
    disk.close();
    await file.close();
  }
}
