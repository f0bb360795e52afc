import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BenchError } from '../../harness/errors/harness-error.ts';
import { parseTreeScan, treeScanScript } from '../../harness/observe/live/tree-scan.ts';
import { definitions, type ImageDefinition } from '../definitions.ts';
import { imageSet, type ImageContents, type ImageRecord, type ImageSet } from '../image-set.ts';
import { installBootSector } from './boot-sector.ts';
import { BuilderRoot, namespaces, removeTree } from './builder-root.ts';
import { cacheDirectory, contentKey } from './cache-key.ts';
import { debianMirror } from './mirror.ts';

export interface BuildOptions {
  /** Called as a step begins and as it ends. */
  readonly onStep: (name: string, state: 'begin' | 'end' | 'cached', durationMs: number) => void;
  /** Build again although the cache has it. */
  readonly force?: boolean;
}

/** A built image set in the cache. All paths are below `directory`. */
export interface BuiltImages {
  readonly directory: string;
  readonly set: ImageSet;
  /** Raw disk with these images deployed, the last one booted; built once, never written. */
  disk(names: readonly string[]): Promise<string>;
  contents(name: string): Promise<ImageContents>;
  /** Archive repository, and per image a channel whose `bootproof/stable` points at it. */
  readonly repository: { readonly objects: string; channel(name: string): string; readonly trustedKey: string };
}

const here = dirname(fileURLToPath(import.meta.url));
const images = dirname(here);

/** Builds the reference device's images, or finds them in the cache. Nothing is left behind by a build that fails. */
export async function buildImages(options: BuildOptions): Promise<BuiltImages> {
  const key = contentKey([join(images, 'reference'), here], [JSON.stringify(definitions)]).slice(0, 24);
  const directory = join(cacheDirectory(), 'images', key);
  const steps = new Steps(options.onStep);
  if (existsSync(join(directory, 'set.json')) && !options.force) {
    options.onStep('images', 'cached', 0);
    return open(directory, steps);
  }
  await mkdir(dirname(directory), { recursive: true });
  await sweep(dirname(directory));
  const work = `${directory}.partial-${process.pid}`;
  await removeTree(work);
  await mkdir(join(work, 'disks'), { recursive: true });
  try {
    await build(work, key, steps);
    await removeTree(directory);
    await rename(work, directory);
  } catch (error) {
    // What is left behind is swept by the next build; why this one failed must not be lost over it.
    await removeTree(work).catch(() => undefined);
    throw error;
  }
  return open(directory, steps);
}

class Steps {
  constructor(private readonly onStep: BuildOptions['onStep']) {}

  async run<T>(name: string, body: () => Promise<T>): Promise<T> {
    const start = performance.now();
    this.onStep(name, 'begin', 0);
    const result = await body();
    this.onStep(name, 'end', performance.now() - start);
    return result;
  }
}

/** Removes what builds that were killed left behind. */
async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = /\.partial-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) await removeTree(join(folder, name));
  }
}

async function build(work: string, key: string, steps: Steps): Promise<void> {
  const path = join(work, 'root');
  const root = new BuilderRoot(path);
  await steps.run('Debian packages', () => debootstrap(path));
  await enter(root, 'mkdir', ['-p', '/build']);
  await copyIn(path);
  await steps.run('common tree', async () => {
    await root.script('shape.sh', []);
    await root.script('key.sh', []);
  });
  const records: Record<string, ImageRecord> = {};
  for (const [name, definition] of Object.entries(definitions)) {
    records[name] = await steps.run(`image ${name}`, () => commit(root, work, name, definition));
  }
  await steps.run('repository', async () => {
    await root.script('publish.sh', Object.keys(definitions));
    await rename(join(path, 'build/served'), join(work, 'served'));
    await rename(join(path, 'build/channels'), join(work, 'channels'));
    await copyFile(join(path, 'build/trusted.gpg'), join(work, 'trusted.gpg'));
  });
  const packages = (await readFile(join(path, 'build/packages.locked'), 'utf8'))
    .concat(await readFile(join(path, 'build/kernels.list'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .map(([name = '', version = '', sha256 = '']) => ({ name, version, sha256 }));
  const set: ImageSet = { name: 'reference', key, client: 'ostree', stateroot: 'bootproof', images: records, packages };
  await writeFile(join(work, 'set.json'), JSON.stringify(imageSet.parse(set), null, 2));
  await steps.run('disk v1', () => makeDisk(work, ['v1']));
}

async function debootstrap(path: string): Promise<void> {
  const { main, security } = await debianMirror();
  const reference = join(images, 'reference');
  const packages = (await readFile(join(reference, 'packages.txt'), 'utf8'))
    .split('\n')
    .filter((line) => line && !line.startsWith('#'));
  const excluded = ['doc', 'man', 'locale', 'info', 'bash-completion', 'lintian'];
  // Not mmdebstrap's own way of doing without root: it gives the files to another range of ids than the later steps run with.
  const result = await execa(
    'unshare',
    [
      ...namespaces(),
      'mmdebstrap',
      '--mode=root',
      '--variant=minbase',
      '--format=directory',
      '--skip=check/empty',
      ...excluded.map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`),
      '--dpkgopt=force-unsafe-io',
      '--aptopt=Apt::Install-Recommends "false"',
      '--aptopt=Acquire::Retries "3"',
      `--include=${packages.join(',')}`,
      `--customize-hook=sh ${JSON.stringify(join(reference, 'root.sh'))} "$1"`,
      'trixie',
      path,
      `deb ${main} trixie main`,
      `deb ${main} trixie-updates main`,
      `deb ${security} trixie-security main`,
    ],
    { reject: false, env: { SOURCE_DATE_EPOCH: '1767225600' }, stdin: 'ignore' },
  );
  if (result.failed) {
    const last = result.stderr.trim().split('\n').slice(-8).join('\n');
    throw new BenchError(`Could not make a Debian root from this host's mirror\n${last}`, {
      code: 'debootstrap-failed',
      hint: /No space left/.test(result.stderr)
        ? 'free some space, or set BOOTPROOF_CACHE to a larger file system'
        : 'doctor checks the tools and the mirror; BOOTPROOF_MIRROR names another one',
      details: { exitCode: result.exitCode ?? null, stderr: result.stderr.slice(-4000) },
    });
  }
}

/** images/reference into the root, owned by root there. */
async function copyIn(path: string): Promise<void> {
  const source = join(images, 'reference');
  if (process.getuid?.() === 0) {
    await cp(source, join(path, 'build/reference'), { recursive: true, verbatimSymlinks: true });
    return;
  }
  await execa('unshare', [
    ...namespaces(),
    'cp',
    '-a',
    '--no-preserve=ownership',
    source,
    join(path, 'build/reference'),
  ]);
}

const enter = (root: BuilderRoot, command: string, parameters: string[]): Promise<string> =>
  root.run([command, ...parameters]);

async function commit(
  root: BuilderRoot,
  work: string,
  name: string,
  definition: ImageDefinition,
): Promise<ImageRecord> {
  const line = await root.script('commit.sh', [
    name,
    definition.version ?? name,
    definition.kernel,
    definition.early ?? '-',
    ...definition.overlays,
  ]);
  const [checksum, kernelRelease] = line.trim().split('\n').at(-1)!.split(' ') as [string, string];
  const scan = async (tree: string): ReturnType<typeof parseTreeScan> => {
    return parseTreeScan(one(await root.bytes(['sh', '-c', treeScanScript, 'sh', tree, String(2 ** 40)])));
  };
  const usr = await scan(`/build/checkout/${name}/usr`);
  const defaultEtc = Object.fromEntries(
    Object.entries(usr)
      .filter(([path]) => path === 'etc' || path.startsWith('etc/'))
      .map(([path, entry]) => [path === 'etc' ? '' : path.slice(4), entry]),
  );
  const contents: ImageContents = { usr, defaultEtc };
  await mkdir(join(work, 'contents'), { recursive: true });
  await writeFile(join(work, 'contents', `${name}.json`), JSON.stringify(contents));
  const file = (leaf: string): string => usr[`lib/modules/${kernelRelease}/${leaf}`]?.sha256 ?? '';
  return {
    name,
    commit: checksum,
    version: definition.version ?? name,
    kernelRelease,
    linuxSha256: file('vmlinuz'),
    initrdSha256: file('initramfs.img'),
    etcPolicy: definition.etcPolicy ?? 'merge',
    rollback: { kind: 'grub', attempts: 2 },
    ...(definition.unhealthy === undefined ? {} : { unhealthy: definition.unhealthy }),
    ...(definition.negative === undefined ? {} : { negative: definition.negative }),
  };
}

async function* one(buffer: Buffer): AsyncIterable<Buffer> {
  yield buffer;
}

async function makeDisk(directory: string, names: readonly string[]): Promise<string> {
  const disk = join(directory, 'disks', `${names.join('+')}.raw`);
  if (existsSync(disk)) return disk;
  const build = join(directory, 'root/build');
  const root = new BuilderRoot(join(directory, 'root'));
  const partial = `disk-${process.pid}.raw`;
  await root.script('disk.sh', [`/build/${partial}`, ...names]);
  installBootSector(join(build, partial), join(build, 'boot.img'), join(build, 'core.img'));
  await rename(join(build, partial), disk);
  return disk;
}

async function open(directory: string, steps: Steps): Promise<BuiltImages> {
  const set = imageSet.parse(JSON.parse(await readFile(join(directory, 'set.json'), 'utf8')));
  return {
    directory,
    set,
    disk: (names) => {
      const path = join(directory, 'disks', `${names.join('+')}.raw`);
      return existsSync(path)
        ? Promise.resolve(path)
        : steps.run(`disk ${names.join('+')}`, () => makeDisk(directory, names));
    },
    contents: async (name) =>
      JSON.parse(await readFile(join(directory, 'contents', `${name}.json`), 'utf8')) as ImageContents,
    repository: {
      objects: join(directory, 'served'),
      channel: (name) => join(directory, 'channels', name),
      trustedKey: join(directory, 'trusted.gpg'),
    },
  };
}
