import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory } from '../../images/builder/cache-key.ts';
import { imageSourceOf } from '../../images/image-source.ts';
import { boardOptions, createBoardTarget, probeBoard, type BoardBenchOptions } from '../../targets/board-bench.ts';
import { createLabgridTarget } from '../../targets/labgrid-bench.ts';
import { labgridOptions, type LabgridOptions } from '../../targets/labgrid/options.ts';
import { brokenAdapters } from '../../targets/contract/broken-adapters.ts';
import { openSshShell } from '../../targets/means/ssh/login.ts';
import { chooseAccelerator, probeKvm } from '../../targets/qemu/accelerator.ts';
import { qemuOptions, type QemuOptions } from '../../targets/qemu/options.ts';
import { findQemu } from '../../targets/qemu/qemu-binary.ts';
import { createQemuTarget } from '../../targets/qemu/target.ts';
import { loadBenchFile, parseBenchFile } from '../bench-file/load.ts';
import { benchNames, type BenchFile, type TargetSchemas } from '../bench-file/schema.ts';
import { Deadline } from '../device/deadline.ts';
import type { Target } from '../device/target.ts';
import { InternalError } from '../errors/harness-error.ts';
import type { Bench } from '../run/bench.ts';
import type { CaseFactory, OpenBench } from '../run/case.ts';
import { ConsoleFeed } from '../run/console-feed.ts';
import { createCaseFactory } from '../session/case-factory.ts';
import { prepareImages } from './image-sets.ts';

/** Joins the targets to the harness; no other file imports one. Workers load it too, for `openBench`. */

interface TargetEntry {
  create(name: string, options: unknown, stateDir: string): Target;
  /** What the bench needs of this host, one finding a line. @throws HarnessError for what is missing. */
  probe(options: unknown): Promise<{ name: string; found: string }[]>;
}

const targets: Readonly<Record<string, TargetEntry>> = {
  qemu: {
    create: (name, options, stateDir) =>
      createQemuTarget({ name, options: options as QemuOptions, stateDir, openShell: openSshShell }),
    probe: async (options) => {
      const { binary, accel } = options as QemuOptions;
      const qemu = await findQemu(binary);
      const accelerator = await chooseAccelerator(accel, () => probeKvm(binary));
      return [
        { name: 'qemu', found: `${qemu.version} (${qemu.path})` },
        { name: 'accelerator', found: `${accelerator.kind}: ${accelerator.reason}` },
      ];
    },
  },
  board: {
    create: (name, options, stateDir) => createBoardTarget(name, options as BoardBenchOptions, stateDir),
    probe: (options) => probeBoard('this bench', options as BoardBenchOptions),
  },
  labgrid: {
    create: (name, options, stateDir) => createLabgridTarget(name, options as LabgridOptions, stateDir),
    probe: async (options) => {
      const { coordinator, place, tags } = options as LabgridOptions;
      return [{ name: 'labgrid', found: `${place ?? JSON.stringify(tags)} of ${coordinator}, not acquired to look` }];
    },
  },
};

export const targetSchemas: TargetSchemas = { qemu: qemuOptions, board: boardOptions, labgrid: labgridOptions };

/** Two virtual machines on this host, side by side. */
const embeddedBench = 'name: qemu\ntarget: qemu\ninstances: 2\nexpects: [power.cut, power.reset, disk.record]\n';
export const embeddedPath = 'embedded';

/** The bench files given, or the embedded one. @throws UsageError */
export async function loadBenchFiles(paths: readonly string[]): Promise<BenchFile[]> {
  if (paths.length === 0) return [parseBenchFile(embeddedBench, embeddedPath, targetSchemas)];
  return Promise.all(paths.map((path) => loadBenchFile(path, targetSchemas)));
}

/** The benches of a file and what they offer, without switching anything on. */
export function benchesOf(file: BenchFile): Bench[] {
  return benchNames(file).map((name) => {
    const target = createTarget(file, name);
    return { name, file, capabilities: [...target.capabilities], lossModel: target.lossModel };
  });
}

export async function probeHost(file: BenchFile): Promise<{ name: string; found: string }[]> {
  return entryOf(file).probe(file.options);
}

/** Disks, recordings and the lock of one bench; on the file system of the images, so that disks can share their blocks. */
export function stateDirectory(bench: string): string {
  return join(cacheDirectory(), 'benches', bench);
}

const acquireMs = 120_000;

/** In a worker: takes the bench and gives what opens cases on it. */
export const openBench: OpenBench = async ({ bench, runDir, images }, abort) => {
  const stateDir = stateDirectory(bench.name);
  const target = createTarget(bench.file, bench.name);
  await target.acquire(new Deadline(`bench ${bench.name}`, acquireMs, abort));
  let feed: ConsoleFeed | undefined;
  try {
    await sweep(stateDir);
    feed = await ConsoleFeed.open(stateDir, target.console);
    const built = await prepareImages(images, { onStep: () => undefined });
    const factory = await createCaseFactory({
      target,
      images: imageSourceOf(built),
      runDir,
      scratchParent: stateDir,
      adapters: brokenAdapters,
    });
    return { open: (request) => factory.open(request), release: () => release(target, feed, factory) };
  } catch (error) {
    await release(target, feed);
    throw error;
  }
};

async function release(target: Target, feed: ConsoleFeed | undefined, factory?: CaseFactory): Promise<void> {
  try {
    await factory?.release();
  } finally {
    await target.release({ keep: false });
    await feed?.close();
  }
}

/** Scratch of cases that were killed: the bench is ours now, so they are nobody's. */
async function sweep(stateDir: string): Promise<void> {
  const left = (await readdir(stateDir)).filter((name) => name.startsWith('case-'));
  await Promise.all(left.map((name) => rm(join(stateDir, name), { recursive: true, force: true })));
}

function createTarget(file: BenchFile, name: string): Target {
  return entryOf(file).create(name, file.options, stateDirectory(name));
}

function entryOf({ target }: BenchFile): TargetEntry {
  const entry = targets[target];
  if (entry) return entry;
  throw new InternalError(`No adapter for a target that has a schema: ${target}`, { code: 'no-adapter' });
}
