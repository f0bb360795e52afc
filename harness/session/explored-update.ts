import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { existsSync } from 'node:fs';
import { UsageError } from '../errors/harness-error.ts';
import type { ExploreSubject } from '../explore/subject.ts';
import type { Transition } from '../judge/transition.ts';
import { commitOf } from '../judge/deployment-name.ts';
import type { PhaseWindow } from '../update/phases/timeline.ts';
import { RecordedDisk } from '../blocklog/disk-state.ts';
import { findSystem } from '../blocklog/system-volumes.ts';
import { grubBootCounting } from '../observe/offline/boot-menu.ts';
import type { ImageSource, SessionImage } from './image-source.ts';
import type { StoredRecording } from './recording-store.ts';

/** A recording that a run has kept, from its directory. @throws UsageError `no-such-recording`. */
export async function readRecording(directory: string): Promise<StoredRecording> {
  const meta = join(directory, 'recording.json');
  if (!existsSync(meta))
    throw new UsageError(`No recording: ${directory}`, {
      code: 'no-such-recording',
      hint: 'a run keeps them as RUN/recordings/NAME, with recording.json, base.raw and writes.log',
    });
  const stored = JSON.parse(await readFile(meta, 'utf8')) as StoredRecording;
  const recording = {
    ...stored.recording,
    basePath: join(directory, 'base.raw'),
    logPath: join(directory, 'writes.log'),
  };
  return { ...stored, recording };
}

/** A recorded update as the explorer wants it. @throws UsageError `recording-of-other-images`. */
export async function subjectOf(stored: StoredRecording, images: ImageSource): Promise<ExploreSubject> {
  const { phases, before, recording } = stored;
  const known = await Promise.all(images.names.map((name) => images.image(name)));
  const imageOf = (commit: string | undefined, what: string): SessionImage => {
    const found = known.find((image) => image.commit === commit);
    if (found) return found;
    throw new UsageError(`The ${what} system of this recording is of no image here: ${commit ?? 'none'}`, {
      code: 'recording-of-other-images',
      hint: 'explore it with the checkout that recorded it',
    });
  };
  const from = imageOf(before.deployments.find(({ booted }) => booted)?.checksum, 'old');
  const to = imageOf(commitOf(phases.commit?.choice), 'new');
  const disk = RecordedDisk.open(recording);
  const entries = disk.log.length;
  const volumes = findSystem(disk.base);
  disk.close();
  return {
    basePath: recording.basePath,
    logPath: recording.logPath,
    volumes,
    menu: grubBootCounting.kind,
    range: [phases.windows[0]?.from ?? 0, entries],
    windows: phases.windows,
    commit: phases.commit,
    marks: phases.marks,
    transition: {
      kind: 'update',
      from: expectationOf(from),
      to: expectationOf(to),
      before,
      stageDropped: false,
      completed: false,
      canaries: stored.canaries,
      generation: stored.generation,
      control: await controls(images, await Promise.all([from, to].map((one) => measuredFor(one, images)))),
      localKargs: [],
      consoleProblems: [],
    },
    usr: { [from.commit]: from.usr, [to.commit]: to.usr },
  };
}

/** Cut positions in which an update can go wrong: from the begin of finalize to the good mark of the new system. */
export function denseWindow(windows: readonly PhaseWindow[]): readonly [from: number, to: number] {
  const of = (...phases: string[]): PhaseWindow[] => windows.filter(({ phase }) => phases.includes(phase));
  const from = Math.min(...of('finalize', 'boot-swap').map(({ from }) => from));
  const to = Math.max(...of('finalize', 'boot-swap', 'reboot', 'first-boot', 'boot-complete').map(({ to }) => to));
  return Number.isFinite(from) ? [from, to] : [0, 0];
}

function expectationOf({ usr: _usr, unhealthy: _unhealthy, twin: _twin, ...expectation }: SessionImage) {
  return expectation;
}

/** A broken copy has the control of the good image that it is a copy of. */
async function measuredFor(image: SessionImage, images: ImageSource): Promise<SessionImage> {
  return image.twin === undefined ? image : images.image(image.twin);
}

/** What either image's own boots write: a crash state may have seen boots of both. */
async function controls(images: ImageSource, measured: readonly SessionImage[]): Promise<Transition['control']> {
  const all = await Promise.all(
    measured.map(async ({ name, commit }) => {
      const path = join(images.cache, 'control', `${name}-${commit.slice(0, 16)}.json`);
      if (existsSync(path)) return JSON.parse(await readFile(path, 'utf8')) as Transition['control'];
      throw new UsageError(`Not measured yet, what its own boots write: image ${name}`, {
        code: 'no-control',
        hint: 'any case of `bootproof run` measures it',
      });
    }),
  );
  const union = (of: (control: Transition['control']) => readonly string[]): string[] => [...new Set(all.flatMap(of))];
  return {
    etcWritten: union(({ etcWritten }) => etcWritten),
    varWritten: union(({ varWritten }) => varWritten),
    failedUnits: union(({ failedUnits }) => failedUnits),
    kernelProblems: union(({ kernelProblems }) => kernelProblems),
  };
}
