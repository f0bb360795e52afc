import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { RecordedDisk } from '../blocklog/disk-state.ts';
import type { BuiltVfat } from '../blocklog/vfat/built-vfat.ts';
import { debugfs, e2fs } from '../blocklog/ext4/built-image.ts';
import { LogWriter } from '../blocklog/log-writer.ts';
import { ScratchDirectory } from '../blocklog/scratch-directory.ts';
import { findSystem, openSystem } from '../blocklog/system-volumes.ts';
import { cleanTransition, image } from '../judge/test-transition.ts';
import { readManifest } from '../observe/offline/manifest.ts';
import type { Manifest } from '../observe/observation.ts';
import type { CommitPoint } from '../update/phases/commit-point.ts';
import type { ExploreSubject } from './subject.ts';

const blockBytes = 4096;
const layout = `label: gpt
start=2048, size=8192, name=boot
start=10240, size=16384, name=root
`;
const partitions = { boot: 2048, root: 10240 } as const;

export const oldCommit = 'a'.repeat(64);
export const newCommit = 'b'.repeat(64);
export const filled = (text: string): string => text.padEnd(5000, '.');
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
export const entryText = (kernel: string): string =>
  `title ${kernel}\nversion 1\noptions root=LABEL=root rw ostree=/ostree/boot.1/os/${kernel}/0\n` +
  `linux /ostree/os-${kernel}/vmlinuz\ninitrd /ostree/os-${kernel}/initramfs.img\n`;
export const environment = (lines: string): string => `# GRUB Environment Block\n${lines}`.padEnd(1024, '#');

/** One block of a change. */
export interface BlockWrite {
  readonly sector: number;
  readonly data: Buffer;
}

/**
 * For tests: a small device of two ext4 partitions with two deployments, whose old one has a boot entry, and an update written block by block as
 * the test wants it. e2fsprogs makes the changes; each is a list of the blocks that differ.
 */
export class LitmusDevice {
  readonly #scratch: ScratchDirectory;
  readonly #writer: LogWriter;
  readonly #images: Record<'boot' | 'root', string>;

  private constructor(
    readonly base: string,
    images: Record<'boot' | 'root', string>,
    scratch: ScratchDirectory,
  ) {
    this.#scratch = scratch;
    this.#images = images;
    this.#writer = new LogWriter(this.log);
  }

  /** Files beyond the common ones, of each partition; a FAT volume stands in for the first. */
  static async make(
    boot: Readonly<Record<string, string>> = {},
    root: Readonly<Record<string, string>> = {},
    vfat?: BuiltVfat,
  ): Promise<LitmusDevice> {
    const scratch = new ScratchDirectory();
    const tree = (name: string, files: Readonly<Record<string, string>>): string => {
      for (const [path, content] of Object.entries(files)) {
        const full = join(scratch.file(name), path);
        mkdirSync(dirname(full), { recursive: true });
        if (content.startsWith('-> ')) symlinkSync(content.slice(3), full);
        else writeFileSync(full, content);
      }
      return scratch.file(name);
    };
    const deployment = (commit: string, n: number): Record<string, string> => ({
      [`ostree/deploy/os/deploy/${commit}.0/usr/lib/modules/${n}/vmlinuz`]: filled(`kernel ${n}`),
      [`ostree/deploy/os/deploy/${commit}.0/usr/lib/modules/${n}/initramfs.img`]: filled(`initramfs ${n}`),
      [`ostree/deploy/os/deploy/${commit}.0/usr/bin/tool`]: filled(`tool of ${commit[0]}`),
      [`ostree/deploy/os/deploy/${commit}.0/etc/os`]: 'etc',
      [`ostree/deploy/os/deploy/${commit}.0/usr/etc/os`]: 'etc',
      [`ostree/deploy/os/deploy/${commit}.0.origin`]: '[origin]\nrefspec=os:stable\n',
    });
    const trees = {
      boot: tree('boot', {
        boot: '-> .',
        loader: '-> loader.1',
        'loader.1/entries/ostree-1.conf': entryText('k1'),
        'ostree/os-k1/vmlinuz': filled('kernel 1'),
        'ostree/os-k1/initramfs.img': filled('initramfs 1'),
        'ostree/os-k2/initramfs.img': filled('initramfs 2'),
        'grub/grubenv': environment('boot_success=1\n'),
        ...boot,
      }),
      root: tree('root', {
        'ostree/boot.1': '-> boot.1.1',
        'ostree/boot.1.1/os/k1/0': `-> ../../../deploy/os/deploy/${oldCommit}.0`,
        'ostree/boot.1.1/os/k2/0': `-> ../../../deploy/os/deploy/${newCommit}.0`,
        ...deployment(oldCommit, 1),
        ...deployment(newCommit, 2),
        'ostree/deploy/os/var/log/x': 'x',
        ...root,
      }),
    };
    const base = scratch.file('base.raw');
    writeFileSync(base, '');
    truncateSync(base, 14 << 20);
    await execa('sfdisk', ['--quiet', base], {
      input: layout,
      env: { PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
    });
    const disk = readFileSync(base);
    const images = { boot: scratch.file('boot.img'), root: scratch.file('root.img') };
    for (const name of ['boot', 'root'] as const) {
      const size = name === 'boot' ? '4M' : '8M';
      await e2fs('mke2fs', [
        '-q',
        '-F',
        '-t',
        'ext4',
        '-b',
        '4096',
        '-O',
        '^has_journal',
        '-d',
        trees[name],
        images[name],
        size,
      ]);
      readFileSync(images[name]).copy(disk, partitions[name] * 512);
    }
    vfat?.bytes.copy(disk, partitions.boot * 512);
    writeFileSync(base, disk);
    return new LitmusDevice(base, images, scratch);
  }

  get directory(): string {
    return this.#scratch.path;
  }

  get log(): string {
    return this.#scratch.file('writes.log');
  }

  /** The blocks that debugfs commands change, in the order of the disk. They are not written yet. */
  async change(partition: 'boot' | 'root', commands: readonly string[]): Promise<BlockWrite[]> {
    const path = this.#images[partition];
    const before = readFileSync(path);
    await debugfs(path, commands);
    const after = readFileSync(path);
    return differing(before, after, blockBytes, partitions[partition]);
  }

  /** The same of a FAT volume, which is written by sectors. */
  changeVfat({ bytes }: BuiltVfat, change: () => void): BlockWrite[] {
    const before = Buffer.from(bytes);
    change();
    return differing(before, bytes, 512, partitions.boot);
  }

  /** A command that puts a file with this content. */
  put(path: string, content: string): string {
    const source = this.#scratch.file(`source-${path.replaceAll('/', '-')}`);
    writeFileSync(source, content);
    return `write ${source} ${path}`;
  }

  /** What the new system needs in /boot: `kernel`, and the `entry` that makes it the default. */
  kernel(): string {
    return this.put('/ostree/os-k2/vmlinuz', filled('kernel 2'));
  }

  entry(): string {
    return this.put('/loader.1/entries/ostree-2.conf', entryText('k2'));
  }

  write(writes: readonly BlockWrite[]): number {
    return writes.map(({ sector, data }) => this.#writer.write(sector, data)).at(-1) ?? -1;
  }

  /** Without a journal, the one order that holds at every cut: each block flushed, the one that names the file (`name`) last. */
  writeSafely(writes: readonly BlockWrite[], name: string): number {
    const naming = ({ data }: BlockWrite): number => Number(data.includes(name));
    let last = -1;
    for (const write of [...writes].sort((a, b) => naming(a) - naming(b))) {
      this.flush();
      last = this.write([write]);
    }
    return last;
  }

  flush(): number {
    return this.#writer.flush();
  }

  /** `commit` as the test knows it: which write makes the new entry the default, and which flush makes it safe. */
  subject(commit: Omit<CommitPoint, 'choice'> | undefined): ExploreSubject {
    const disk = RecordedDisk.open({ basePath: this.base, logPath: this.log });
    const volumes = findSystem(disk.base);
    const { root } = openSystem(disk.base, volumes, 'kernel');
    const tree = (commit_: string, below: string): Manifest =>
      readManifest(root, `/ostree/deploy/os/deploy/${commit_}.0/${below}`)!;
    const expectation = (name: string, of: string, n: number) =>
      image(name, {
        commit: of,
        linuxSha256: sha256(filled(`kernel ${n}`)),
        initrdSha256: sha256(filled(`initramfs ${n}`)),
        defaultEtc: tree(of, 'usr/etc'),
      });
    const {
      after: _after,
      offline: _offline,
      fault: _fault,
      fsckProblems: _fsck,
      ...transition
    } = cleanTransition({
      from: expectation('v1', oldCommit, 1),
      to: expectation('v2', newCommit, 2),
      localEtc: tree(oldCommit, 'etc'),
      fault: 'before-commit',
      canaries: [],
    });
    const entries = disk.log.length;
    const usr = { [oldCommit]: tree(oldCommit, 'usr'), [newCommit]: tree(newCommit, 'usr') };
    disk.close();
    return {
      basePath: this.base,
      logPath: this.log,
      volumes,
      menu: 'grub-boot-counting',
      range: [0, entries],
      windows: [{ phase: 'boot-swap', from: 0, to: entries + 1 }],
      commit: commit && { choice: `os/${newCommit}.0`, ...commit },
      transition: { ...transition, generation: 0, completed: false },
      usr,
    };
  }

  remove(): void {
    this.#writer.close();
    this.#scratch.remove();
  }
}

function differing(before: Buffer, after: Buffer, unitBytes: number, firstSector: number): BlockWrite[] {
  const writes: BlockWrite[] = [];
  for (let at = 0; at < after.length; at += unitBytes) {
    const data = after.subarray(at, at + unitBytes);
    if (!data.equals(before.subarray(at, at + unitBytes)))
      writes.push({ sector: firstSector + at / 512, data: Buffer.from(data) });
  }
  return writes;
}
