import { z } from 'zod';

/** `options` of a bench file with `target: qemu`. */
export const qemuOptions = z.strictObject({
  memoryMiB: z.number().int().min(128).max(65536).default(640).describe('Memory of the virtual machine in MiB'),
  accel: z
    .enum(['auto', 'kvm', 'tcg'])
    .default('auto')
    .describe('auto: KVM where a probe proves that it runs a 64-bit guest, else TCG'),
  binary: z.string().min(1).default('qemu-system-x86_64').describe('Name or path of the QEMU to run; 7.2 or newer'),
});
export type QemuOptions = z.infer<typeof qemuOptions>;
