import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { buildImages } from '../images/builder/build.ts';
import { cacheDirectory } from '../images/builder/cache-key.ts';
import { imageSourceOf } from '../images/image-source.ts';
import { bootMilestones, bootParts, type BootParts } from '../harness/console/boot-milestones.ts';
import { DeviceConsole } from '../harness/console/console.ts';
import { Transcript } from '../harness/console/transcript.ts';
import { Deadline } from '../harness/device/deadline.ts';
import { identityInjection, makeIdentity } from '../harness/session/identity.ts';
import { openSshShell } from '../targets/means/ssh/login.ts';
import { qemuOptions } from '../targets/qemu/options.ts';
import { createQemuTarget } from '../targets/qemu/target.ts';

export interface BootTime {
  /** From spawning QEMU to a fresh nonce answered over a new SSH connection. */
  readonly totalMs: number;
  readonly parts: BootParts;
}

/** Boots a disk `runs` times, each from a fresh copy, one machine at a time. Takes the bench `benchmark` of the cache. */
export async function measureBoots(
  start: readonly string[],
  runs: number,
  onRun: (time: BootTime) => void,
): Promise<BootTime[]> {
  const images = imageSourceOf(await buildImages({ onStep: () => undefined }));
  const target = createQemuTarget({
    name: 'benchmark',
    options: qemuOptions.parse({}),
    stateDir: join(cacheDirectory(), 'benches', 'benchmark'),
    openShell: openSshShell,
  });
  const scratch = await mkdtemp(join(tmpdir(), 'boot-time-'));
  const abort = new AbortController();
  process.once('SIGINT', () => abort.abort());
  await target.acquire(new Deadline('the bench', 60_000, abort.signal));
  const times: BootTime[] = [];
  try {
    const trusted = await readFile(images.repository.trustedKey);
    const commits = await Promise.all(start.map(async (name) => (await images.image(name)).commit));
    for (let run = 0; run < runs; run++) {
      const identity = makeIdentity(target.name);
      const inject = identityInjection(identity, trusted, images.stateroot, commits);
      const deadline = new Deadline(`boot ${run + 1}`, 300_000, abort.signal);
      await target.provision({ disk: await images.disk(start), identity, inject }, deadline);
      const transcript = Transcript.create(join(scratch, String(run)));
      const console = new DeviceConsole(target.console, transcript);
      const begin = performance.now();
      await target.power.on(deadline);
      const shell = await target.connect(deadline);
      const totalMs = performance.now() - begin;
      shell.close();
      await target.power.cut(deadline);
      console.close();
      const time = { totalMs, parts: bootParts(bootMilestones(transcript, 0), performance.timeOrigin + begin) };
      transcript.close();
      times.push(time);
      onRun(time);
    }
  } finally {
    await target.release({ keep: false });
    await rm(scratch, { recursive: true, force: true });
  }
  return times;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
