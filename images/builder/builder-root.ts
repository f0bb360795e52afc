import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { BenchError } from '../../harness/errors/harness-error.ts';

/**
 * A Debian root in a directory, entered by chroot: as root, or in a user namespace of its own. All tools that make images
 * (ostree, mke2fs, sfdisk, grub-mkimage) are the root's, so that every host makes the same images.
 */
export class BuilderRoot {
  constructor(readonly path: string) {}

  /** Runs one of images/reference's scripts inside. Parameters are argv, never spliced. */
  async script(name: string, parameters: readonly string[]): Promise<string> {
    return this.run(['sh', `/build/reference/${name}`, ...parameters]);
  }

  async run(argv: readonly string[]): Promise<string> {
    return (await this.bytes(argv)).toString('utf8');
  }

  /** The words of the last line that it says. */
  async answer(argv: readonly string[]): Promise<string[]> {
    return (await this.run(argv)).trim().split('\n').at(-1)!.split(' ');
  }

  /** stdout as bytes. @throws BenchError `image-build-failed` with the last lines of stderr. */
  async bytes(argv: readonly string[]): Promise<Buffer> {
    const inside =
      'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 "$@"';
    const result = await execa('unshare', [...namespaces(), 'sh', '-c', inside, this.path, ...argv], {
      reject: false,
      encoding: 'buffer',
      stripFinalNewline: false,
      stdin: 'ignore',
      maxBuffer: 512 * 1024 * 1024,
    });
    if (result.failed) {
      const stderr = Buffer.from(result.stderr).toString('utf8');
      const last = stderr.trim().split('\n').slice(-5).join('\n');
      throw new BenchError(`Step failed in the builder root: ${argv.slice(0, 4).join(' ')}\n${last}`, {
        code: 'image-build-failed',
        hint: 'images build --verbose shows all output',
        details: { argv: [...argv], exitCode: result.exitCode ?? null, stderr: stderr.slice(-4000) },
      });
    }
    return Buffer.from(result.stdout);
  }
}

/** Rootless where the host allows it: the caller becomes root of a user namespace with its subordinate ids. */
export function namespaces(): string[] {
  const common = ['--mount', '--pid', '--fork'];
  return process.getuid?.() === 0 ? common : ['--user', '--map-root-user', '--map-auto', ...common];
}

/** Removes a tree that may hold files of other owners, inside the namespace where they can be removed. */
export async function removeTree(path: string): Promise<void> {
  if (!existsSync(path)) return;
  const remove = 'chattr -R -i -- "$0" 2>/dev/null; rm -rf -- "$0"';
  const { failed } = await execa('unshare', [...namespaces(), 'sh', '-c', remove, path], { reject: false });
  // A host without such namespaces made no files of other owners either.
  if (failed) await rm(path, { recursive: true, force: true });
}

/** As the owner of the builder root's files, who is another than the caller when the build is rootless. */
export async function asOwner(command: string, argv: readonly string[]): Promise<void> {
  await execa('unshare', [...namespaces(), command, ...argv], { stdin: 'ignore' });
}
