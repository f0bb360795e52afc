import {
  closeSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  symlinkSync,
  chmodSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

/** For tests: file systems made by e2fsprogs, which are not on every user's PATH. */
export async function e2fs(
  program: string,
  args: readonly string[],
  accepted: readonly number[] = [0],
): Promise<string> {
  const { exitCode, all, stdout } = await execa(program, args, {
    all: true,
    reject: false,
    env: { PATH: `${process.env['PATH']}:/usr/sbin:/sbin`, MKE2FS_SYNC: '0' },
  });
  if (exitCode === undefined || !accepted.includes(exitCode)) throw new Error(`${program} ${args.join(' ')}: ${all}`);
  return stdout;
}

export async function makeImage(
  image: string,
  source: string,
  options: readonly string[],
  size: string,
): Promise<void> {
  await e2fs('mke2fs', ['-q', '-F', '-t', 'ext4', '-L', 'built', '-d', source, ...options, image, size]);
}

/** Runs debugfs commands, one a line, with writing allowed. */
export async function debugfs(image: string, commands: readonly string[]): Promise<string> {
  const script = `${image}.debugfs`;
  writeFileSync(script, commands.map((line) => `${line}\n`).join(''));
  return e2fs('debugfs', ['-w', '-f', script, image]);
}

export interface SourceTree {
  /** Names in /many. */
  readonly many: number;
  /** Bytes at which /far has data: the further, the deeper the block map. */
  readonly farBytes: number;
}

/** A tree with one of each: links hard and soft, sparse and broken-up files, long names, a full directory. */
export function makeSourceTree(root: string, { many, farBytes }: SourceTree): void {
  mkdirSync(join(root, 'sub/deeper'), { recursive: true });
  mkdirSync(join(root, 'many'));
  mkdirSync(join(root, 'empty'));
  writeFileSync(join(root, 'zero'), '');
  writeFileSync(join(root, 'short'), 'short file');
  writeFileSync(join(root, 'medium'), 'm'.repeat(100));
  writeFileSync(join(root, 'sub/caf\u00e9 \u2603'), 'name beyond ASCII');
  writeFileSync(join(root, 'sub/deeper/' + 'n'.repeat(255)), 'longest name');
  writeFileSync(join(root, 'sub/setuid'), 'x');
  chmodSync(join(root, 'sub/setuid'), 0o4751);
  chmodSync(join(root, 'empty'), 0o1777);
  linkSync(join(root, 'short'), join(root, 'sub/hard'));
  symlinkSync('short', join(root, 'link'));
  for (const length of [59, 60, 1000]) symlinkSync('t'.repeat(length), join(root, `link-${length}`));
  writeFileSync(join(root, 'large'), Buffer.alloc(3_000_001, 'pattern '));
  sparse(join(root, 'hole-first'), [[100_000, 'data']], 100_004);
  sparse(join(root, 'hole-last'), [[0, 'data']], 5_000_000);
  sparse(join(root, 'all-hole'), [], 70_000);
  sparse(join(root, 'far'), [[farBytes, 'far away']], farBytes + 10_000);
  const steps = Array.from({ length: 600 }, (_, i): [number, string] => [i * 16384, `step ${i}`]);
  sparse(join(root, 'broken-up'), steps, 600 * 16384);
  for (let i = 0; i < many; i++) writeFileSync(join(root, 'many', `file-${i}-${'x'.repeat(i % 40)}`), '');
}

function sparse(path: string, parts: readonly [number, string][], size: number): void {
  const fd = openSync(path, 'w');
  ftruncateSync(fd, size);
  for (const [at, text] of parts) writeSync(fd, text, at);
  closeSync(fd);
}
