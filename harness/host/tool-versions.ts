import { execa } from 'execa';
import { release } from 'node:os';

/** Commands whose version a verdict rests on, and how they tell it. */
const commands: Readonly<Record<string, readonly [file: string, ...argv: string[]]>> = {
  qemu: ['qemu-system-x86_64', '--version'],
  e2fsprogs: ['e2fsck', '-V'],
  ostree: ['ostree', '--version'],
};

/** Versions of what this host puts under a device: for the record, and for the configuration that the harness was qualified in. `absent` where it is not there. */
export async function toolVersions(): Promise<Record<string, string>> {
  const asked = await Promise.all(
    Object.entries(commands).map(async ([name, [file, ...argv]]) => {
      const { stdout, stderr } = await execa(file, argv, { reject: false, timeout: 10_000, stdin: 'ignore' });
      const [version = 'absent'] = /\d+\.\d+[\w.+-]*/.exec(`${stdout ?? ''}\n${stderr ?? ''}`) ?? [];
      return [name, version] as const;
    }),
  );
  return { node: process.version, kernel: release(), ...Object.fromEntries(asked) };
}
