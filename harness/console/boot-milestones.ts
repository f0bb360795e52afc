import { bootSign } from './boot-tracker.ts';
import type { TranscriptReader } from './transcript-reader.ts';

type MilestoneName = 'boot-loader' | 'kernel' | 'initramfs' | 'userspace' | 'login';

/** Where a boot's stages begin, as the console shows them. */
const milestones: readonly { readonly name: MilestoneName; readonly shows: (text: string) => boolean }[] = [
  { name: 'boot-loader', shows: (text) => bootSign(text) === 'boot-loader' },
  { name: 'kernel', shows: (text) => bootSign(text) === 'kernel' },
  { name: 'initramfs', shows: (text) => /\] Run \/(?:init|sbin\/init|bin\/init) as init process/.test(text) },
  // An initramfs with systemd has a banner of its own, before the switch of root: the last banner in front of the login is the system's.
  { name: 'userspace', shows: (text) => /systemd\[1\]: systemd \S+ running in system mode/.test(text) },
  { name: 'login', shows: (text) => /(?:^|\s)\S+ login: /.test(`${text} `) && !/^Last login: /.test(text) },
];

export interface Milestone {
  readonly name: MilestoneName;
  readonly offset: number;
  /** Milliseconds since 1970, harness clock. */
  readonly epochMs: number;
}

/** How long each stage took; absent where the console did not show its beginning or its end. */
export interface BootParts {
  readonly firmwareMs?: number;
  readonly bootLoaderMs?: number;
  readonly kernelMs?: number;
  readonly initramfsMs?: number;
  readonly userspaceMs?: number;
}

/** The milestones of the boot that is in [from, to) of a transcript, in order. Give one boot: see HealthWatch.bootsSince. */
export function bootMilestones(transcript: TranscriptReader, from: number, to = transcript.length): Milestone[] {
  const found = new Map<MilestoneName, number>();
  for (const { text, offset } of transcript.lines(from, to)) {
    const name = milestones.find(({ shows }) => shows(text))?.name;
    if (name === undefined || found.has('login')) continue;
    if (name === 'userspace' || !found.has(name)) found.set(name, offset);
  }
  return [...found]
    .map(([name, offset]) => ({ name, offset, epochMs: transcript.epochMsAt(offset) ?? 0 }))
    .sort((a, b) => a.offset - b.offset);
}

const parts = [
  ['firmwareMs', 'power-on', 'boot-loader'],
  ['bootLoaderMs', 'boot-loader', 'kernel'],
  ['kernelMs', 'kernel', 'initramfs'],
  ['initramfsMs', 'initramfs', 'userspace'],
  ['userspaceMs', 'userspace', 'login'],
] as const;

/**
 * Boot time in parts. The kernel's console begins a little after the kernel does, so its first tenths of a second stand with
 * the boot loader's. `poweredOnEpochMs`: when power came, on the same clock.
 */
export function bootParts(found: readonly Milestone[], poweredOnEpochMs?: number): BootParts {
  const at = (name: MilestoneName | 'power-on') =>
    name === 'power-on' ? poweredOnEpochMs : found.find((milestone) => milestone.name === name)?.epochMs;
  const result: Record<string, number> = {};
  for (const [part, begin, end] of parts) {
    const [beginMs, endMs] = [at(begin), at(end)];
    if (beginMs !== undefined && endMs !== undefined) result[part] = endMs - beginMs;
  }
  return result;
}
