import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordedDisk } from '../blocklog/disk-state.ts';
import { openSystem } from '../blocklog/system-volumes.ts';
import { DeviceConsole } from '../console/console.ts';
import type { NamedPattern } from '../console/matcher.ts';
import { Transcript } from '../console/transcript.ts';
import { Deadline } from '../device/deadline.ts';
import type { BlockDevice } from '../device/disk.ts';
import type { Target } from '../device/target.ts';
import { BenchError, DeadlineError } from '../errors/harness-error.ts';
import type { CrashState } from '../explore/crash-state.ts';
import { RebuiltState } from '../explore/rebuilt-state.ts';
import { systemOf, type Boots } from '../explore/state-judge.ts';
import type { ExploreSubject } from '../explore/subject.ts';
import { commitOf } from '../judge/deployment-name.ts';
import { resolveOstreePath } from '../observe/offline/ostree-link.ts';
import { makeIdentity } from './identity.ts';
import { firstStart, type StateBoot } from './state-boot.ts';

/** Milliseconds until a disk that nobody knows yet must ask for a login. */
const firstBootMs = 180_000;

/** How much longer than the disk before a crash state may take before it counts as one that boots nothing. */
const patience = 5;
const leastMs = 60_000;

/** A kernel that is started so often with no login after it starts for ever. */
const endlessStarts = 6;

const patterns: readonly NamedPattern[] = [
  // the kernel's own word, which comes once in a boot; `Kernel command line:` comes later in it
  { name: 'kernel', pattern: /Command line: [^\r\n]* ostree=(\/[^ \r\n]+)[ \r\n]/ },
  { name: 'login', pattern: /[ \n]login: / },
];

interface ConsoleBootOptions {
  readonly target: Target;
  readonly subject: ExploreSubject;
  readonly disk: RecordedDisk;
  /** For rebuilt disks and transcripts. */
  readonly scratch: string;
  readonly abort: AbortSignal;
  /** Of a first boot; for tests. */
  readonly firstMs?: number;
}

/**
 * Boots disks that nobody can log in to: which system runs is what the kernel was told on its command line, once a login is asked for after
 * that. The disk before the update has to boot the old system first, and how long that takes is the measure for all others.
 */
export class ConsoleBoots {
  #limitMs: number | undefined;

  constructor(private readonly options: ConsoleBootOptions) {}

  /** @throws BenchError `bench-not-proven`. */
  async boot(state: CrashState): Promise<StateBoot> {
    const { disk, scratch } = this.options;
    const limitMs = (this.#limitMs ??= await this.#prove());
    const path = join(scratch, 'state.raw');
    const rebuilt = new RebuiltState(disk, state);
    try {
      await rebuilt.materialise(path);
      return (await this.#boot(path, rebuilt, limitMs)).boot;
    } finally {
      await rm(path, { force: true });
    }
  }

  /** @returns the limit for other boots. */
  async #prove(): Promise<number> {
    const { target, subject, disk, firstMs = firstBootMs } = this.options;
    const { boot, tookMs } = await this.#boot(subject.basePath, disk.base, firstMs);
    if (boot.boots === 'old') return Math.max(Math.min(leastMs, firstMs), patience * tookMs);
    throw new BenchError(`The disk before the update does not show on the console that it boots: ${target.name}`, {
      code: 'bench-not-proven',
      hint: 'the kernel needs console= for the first serial port, without `quiet`, and the system a login there',
      details: { boots: boot.boots, lastLine: boot.lastLine },
    });
  }

  async #boot(path: string, disk: BlockDevice, limitMs: number): Promise<{ boot: StateBoot; tookMs: number }> {
    const { target, abort, scratch } = this.options;
    const provisioning = new Deadline(`a disk in ${target.name}`, firstBootMs, abort);
    await target.provision({ disk: path, identity: makeIdentity(target.name), inject: [] }, provisioning);
    const directory = await mkdtemp(join(scratch, 'console-'));
    const transcript = Transcript.create(join(directory, 'console'));
    const console = new DeviceConsole(target.console, transcript, `${target.name} (console)`);
    const begunMs = performance.now();
    try {
      const deadline = new Deadline(`a login on the console of ${target.name}`, limitMs, abort);
      await target.power.on(deadline);
      const { starts, told } = await toldKernel(console, deadline);
      const boots = told === undefined ? { boots: 'nothing' as const } : firstStart(starts, this.#systemOf(told, disk));
      return { boot: { ...boots, lastLine: transcript.lastLine }, tookMs: performance.now() - begunMs };
    } finally {
      console.close();
      transcript.close();
      await target.power.off(new Deadline(`${target.name} off`, leastMs));
      await rm(directory, { recursive: true, force: true });
    }
  }

  #systemOf(ostree: string, disk: BlockDevice): Boots {
    const { volumes, transition } = this.options.subject;
    const { root } = openSystem(disk, volumes, 'kernel');
    return systemOf(transition, commitOf(resolveOstreePath(root, ostree)));
  }
}

/** The value of `ostree=` of the kernel that led to a login, undefined: none did, and how many were started. */
async function toldKernel(
  console: DeviceConsole,
  deadline: Deadline,
): Promise<{ readonly starts: number; readonly told: string | undefined }> {
  let from = 0;
  let starts = 0;
  let told: string | undefined;
  while (starts < endlessStarts) {
    try {
      const { name, groups, end } = await console.expect(patterns, { from, deadline });
      if (name === 'login') return { starts, told };
      from = end;
      told = groups['1'];
      starts++;
    } catch (error) {
      if (error instanceof DeadlineError) break;
      throw error;
    }
  }
  return { starts, told: undefined };
}
