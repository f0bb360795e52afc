import { execa } from 'execa';
import { BenchError } from '../../harness/errors/harness-error.ts';

/** Half a minute on an idle machine, without hardware virtualisation; more than that is for a loaded one. */
const limitMs = 15 * 60_000;
const said = /bootproof-seal: (done|failed)/;

export interface Sealer {
  readonly kernel: string;
  readonly initramfs: string;
}

/**
 * Gives every object and composefs image on a disk its fs-verity, in place, by a virtual machine of its own: only a kernel that has the file system mounted can, and
 * the builder's host may have no such kernel and mounts nothing. @throws BenchError `disk-not-sealed`.
 */
export async function sealDisk(disk: string, { kernel, initramfs }: Sealer): Promise<void> {
  const result = await execa(
    'qemu-system-x86_64',
    [
      ...['-nodefaults', '-no-user-config', '-display', 'none', '-vga', 'none', '-no-reboot'],
      ...['-accel', 'tcg,tb-size=128', '-cpu', 'max,-cx16', '-smp', '1', '-m', '640'],
      ...['-kernel', kernel, '-initrd', initramfs],
      ...['-append', 'console=ttyS0,115200 mitigations=off panic=-1 loglevel=6', '-serial', 'stdio'],
      ...['-blockdev', JSON.stringify({ driver: 'file', 'node-name': 'disk', filename: disk })],
      ...['-device', 'virtio-blk-pci,drive=disk'],
    ],
    { reject: false, stdin: 'ignore', timeout: limitMs, maxBuffer: 4 * 1024 * 1024 },
  );
  if (!result.failed && said.exec(result.stdout)?.[1] === 'done') return;
  const lines = result.stdout.trim().split('\n').slice(-8).join('\n');
  throw new BenchError(`No fs-verity on the disk's objects: ${disk}\n${lines}`, {
    code: 'disk-not-sealed',
    hint: result.code === 'ENOENT' ? 'apt install qemu-system-x86' : 'the lines above are the last of its console',
    details: { exitCode: result.exitCode ?? null, stderr: result.stderr.slice(-2000) },
  });
}
