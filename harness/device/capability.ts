/** What a bench can do, as a scenario asks for it. One word a line, with what has to be true for a target to offer it. */
export const capabilities = {
  console: 'a console whose bytes are seen from power-on',
  shell: 'commands run on the booted device, with exit status and both streams',
  'power.cut': 'power removed without warning, with a receipt that proves it and names the loss model',
  'power.reset': 'the system is reset and the storage keeps all completed writes',
  'disk.offline': 'the disk is read while nobody runs it',
  'disk.record': 'every write and flush of the disk is recorded in order',
  'disk.fork': 'a copy of the disk can be booted without touching the original',
  'network.cut': 'the device loses its network without being told',
  // Of the image set in use, whatever the bench:
  'image.composefs': 'the root is a composefs image of which the kernel verifies every byte that is read (fs-verity)',
} as const;

export type Capability = keyof typeof capabilities;
