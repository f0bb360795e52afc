import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { cacheDirectory } from '../../images/builder/cache-key.ts';
import { boardOptions, createBoardTarget, probeBoard, type BoardBenchOptions } from '../../targets/board-bench.ts';
import { createLabgridTarget, placeDirectory } from '../../targets/labgrid-bench.ts';
import { labgridOptions, type LabgridOptions } from '../../targets/labgrid/options.ts';
import { brokenAdapters } from '../../targets/contract/broken-adapters.ts';
import { runContract } from '../../targets/contract/contract.ts';
import { liars } from '../../targets/contract/lying.ts';
import { simulatedAdapts, simulatedContractBench } from '../../targets/contract/simulated-bench.ts';
import { openSshShell } from '../../targets/means/ssh/login.ts';
import { currentOwner } from '../../targets/qemu/bench-lock.ts';
import { stealBench } from '../../targets/qemu/bench-theft.ts';
import { chooseAccelerator, probeKvm } from '../../targets/qemu/accelerator.ts';
import { qemuOptions, type QemuOptions } from '../../targets/qemu/options.ts';
import { findQemu } from '../../targets/qemu/qemu-binary.ts';
import { createQemuTarget } from '../../targets/qemu/target.ts';
import { loadBenchFile, parseBenchFile } from '../bench-file/load.ts';
import { benchNames, type BenchFile, type TargetSchemas } from '../bench-file/schema.ts';
import { Deadline } from '../device/deadline.ts';
import type { Target } from '../device/target.ts';
import { InternalError } from '../errors/harness-error.ts';
import type { AdapterMutant } from '../qualify/adapter-mutants.ts';
import type { Bench } from '../run/bench.ts';
import { notingBench } from '../run/bench-note.ts';
import type { CaseFactory, OpenBench } from '../run/case.ts';
import { ConsoleFeed, consoleSocket } from '../run/console-feed.ts';
import { refuseQuarantined } from '../run/quarantine.ts';
import { createCaseFactory } from '../session/case-factory.ts';
import { prepareImages } from './image-sets.ts';

/** Joins the targets to the harness; no other file imports one. Workers load it too, for `openBench`. */

interface TargetEntry {
  /** `held`: a person will want to attach to it. `use`: what others are told who want it. */
  create(name: string, options: unknown, stateDir: string, how: { held: boolean; use: string | undefined }): Target;
  /** Where the bench is locked; default: its state directory. */
  lockDirectory?(name: string, options: unknown, stateDir: string): string;
  /** What the bench needs of this host, one finding a line. @throws HarnessError for what is missing. */
  probe(options: unknown): Promise<{ name: string; found: string }[]>;
}

const targets: Readonly<Record<string, TargetEntry>> = {
  qemu: {
    create: (name, options, stateDir, { held, use }) =>
      createQemuTarget({
        name,
        options: options as QemuOptions,
        stateDir,
        openShell: openSshShell,
        monitor: held,
        use,
      }),
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
    create: (name, options, stateDir, { use }) => createBoardTarget(name, options as BoardBenchOptions, stateDir, use),
    probe: (options) => probeBoard('this bench', options as BoardBenchOptions),
  },
  labgrid: {
    create: (name, options, stateDir, { use }) => createLabgridTarget(name, options as LabgridOptions, stateDir, use),
    lockDirectory: (name, options, stateDir) => placeDirectory(name, options as LabgridOptions, stateDir),
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

/** Where every bench of this host that was ever used has its directory. */
export function benchesDirectory(): string {
  return join(cacheDirectory(), 'benches');
}

/** Disks, recordings and the lock of one bench; on the file system of the images, so that disks can share their blocks. */
export function stateDirectory(bench: string): string {
  return join(benchesDirectory(), bench);
}

/** Every lying adapter, on the simulated bench; a few at a time, for most of their time is spent waiting for what does not come. */
export function adapterMutants(): AdapterMutant[] {
  const limit = pLimit(6);
  return liars.map(({ name, lie, caughtBy, reason }) => ({
    name,
    caughtBy,
    reason,
    run: async () => {
      const outcomes = await limit(() => runContract(async () => simulatedContractBench(lie), simulatedAdapts));
      return outcomes.filter(({ status }) => status === 'failed');
    },
  }));
}

/** Where the bench's lock and its owner's words are. */
export function lockDirectory({ file, name }: Bench): string {
  const stateDir = stateDirectory(name);
  return entryOf(file).lockDirectory?.(name, file.options, stateDir) ?? stateDir;
}

/** Who holds a bench of this host at present. */
export { currentOwner };

/** Ends whoever on this host holds the bench, or the place that it stands for. @returns the owner; undefined: nobody. @throws BenchError `bench-not-stolen`. */
export async function stealBenchOf(bench: Bench, deadline: Deadline): ReturnType<typeof stealBench> {
  const ofPlace = await stealBench(lockDirectory(bench), bench.name, deadline);
  return (await stealBench(stateDirectory(bench.name), bench.name, deadline)) ?? ofPlace;
}

const acquireMs = 120_000;

/** In a worker: takes the bench and gives what opens cases on it. */
export const openBench: OpenBench = async ({ bench, runDir, images, hold, use }, abort) => {
  const stateDir = stateDirectory(bench.name);
  await refuseQuarantined(stateDir, bench);
  const target = createTarget(bench.file, bench.name, { held: hold ?? false, use });
  await target.acquire(new Deadline(`bench ${bench.name}`, acquireMs, abort));
  let feed: ConsoleFeed | undefined;
  try {
    await sweep(stateDir);
    feed = await ConsoleFeed.open(stateDir, target.console);
    const built = await prepareImages(images, { onStep: () => undefined });
    const factory = await createCaseFactory({
      target,
      images: built.source,
      runDir,
      scratchParent: stateDir,
      adapters: brokenAdapters,
    });
    return {
      ...notingBench(factory, () => target.describe()),
      hold: () => holdFor(target, feed, stateDir),
      release: () => release(target, feed, factory),
    };
  } catch (error) {
    await release(target, feed);
    throw error;
  }
};

/** The bench alone, with a directory for scratch: for what asks no image of it. */
export async function withBench<T>(
  { file, name }: Bench,
  abort: AbortSignal,
  body: (target: Target, scratch: string) => Promise<T>,
): Promise<T> {
  const stateDir = stateDirectory(name);
  await refuseQuarantined(stateDir, { file, name });
  const target = createTarget(file, name);
  await target.acquire(new Deadline(`bench ${name}`, acquireMs, abort));
  try {
    await sweep(stateDir);
    return await body(target, await mkdtemp(join(stateDir, 'case-')));
  } finally {
    await release(target, undefined);
  }
}

/** From now on the console takes input: what happens to the device is the person's. */
async function holdFor(target: Target, feed: ConsoleFeed | undefined, stateDir: string): Promise<string[]> {
  feed?.takeInput();
  const directory = await mkdtemp(join(stateDir, 'case-held-'));
  const ways = (await target.attach?.(directory)) ?? [];
  const watch = { name: 'look', command: `bootproof console ${target.name}` };
  const type = { name: 'type', command: `socat -,raw,echo=0,escape=0x1d UNIX-CONNECT:${consoleSocket(stateDir)}` };
  const lines = [watch, type, ...ways].map(({ name, command }) => `  ${name.padEnd(5)} ${command}`);
  const power = await target.power.sense();
  return [`held as the case left it, power ${power}; Ctrl-C ends it and releases the bench`, ...lines];
}

async function release(target: Target, feed: ConsoleFeed | undefined, factory?: CaseFactory): Promise<void> {
  try {
    await factory?.release();
  } finally {
    await sweep(stateDirectory(target.name));
    await target.release({ keep: false });
    await feed?.close();
  }
}

/** Scratch of cases that were killed, and of one that was held: the bench is ours, so they are nobody else's. */
async function sweep(stateDir: string): Promise<void> {
  const left = (await readdir(stateDir)).filter((name) => name.startsWith('case-'));
  await Promise.all(left.map((name) => rm(join(stateDir, name), { recursive: true, force: true })));
}

function createTarget(
  file: BenchFile,
  name: string,
  how: { held: boolean; use: string | undefined } = { held: false, use: undefined },
): Target {
  return entryOf(file).create(name, file.options, stateDirectory(name), how);
}

function entryOf({ target }: BenchFile): TargetEntry {
  const entry = targets[target];
  if (entry) return entry;
  throw new InternalError(`No adapter for a target that has a schema: ${target}`, { code: 'no-adapter' });
}
