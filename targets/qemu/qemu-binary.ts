import { execa } from 'execa';
import { BenchError } from '../../harness/errors/harness-error.ts';

export interface QemuBinary {
  readonly path: string;
  /** As QEMU prints it: `7.2.22`. */
  readonly version: string;
}

const oldest = [7, 2] as const;

/** Asks the binary for its version. @throws BenchError `qemu-missing`, `qemu-too-old`, `qemu-unusable`. */
export async function findQemu(path: string): Promise<QemuBinary> {
  const { stdout, stderr, exitCode, failed, code } = await execa(path, ['--version'], {
    reject: false,
    stdin: 'ignore',
    timeout: 20_000,
    maxBuffer: 65536,
  });
  if (code === 'ENOENT')
    throw new BenchError(`No such program: ${path}`, {
      code: 'qemu-missing',
      hint: 'apt install qemu-system-x86',
      details: { path },
    });
  const version = /QEMU emulator version (\d+)\.(\d+)(?:\.(\d+))?/.exec(stdout);
  if (failed || !version)
    throw new BenchError(`Not a QEMU that runs: ${path} --version`, {
      code: 'qemu-unusable',
      hint: 'run it by hand to see why; apt install --reinstall qemu-system-x86',
      details: { path, exitCode, output: `${stdout}\n${stderr}`.slice(0, 1000) },
    });
  const [, major, minor, micro = '0'] = version;
  const found = `${major}.${minor}.${micro}`;
  if (Number(major) < oldest[0] || (Number(major) === oldest[0] && Number(minor) < oldest[1]))
    throw new BenchError(`QEMU ${found} is older than ${oldest.join('.')}: ${path}`, {
      code: 'qemu-too-old',
      hint: 'Debian 12 and newer have one that is new enough; name another one by `binary` in the bench file',
      details: { path, version: found },
    });
  return { path, version: found };
}
