import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { chooseCut, type CutRequest } from '../blocklog/cut.ts';
import { RecordedDisk } from '../blocklog/disk-state.ts';
import type { LogWrites } from '../blocklog/log-writes.ts';
import type { CutReceipt } from '../device/power.ts';
import { BenchError, DeadlineError } from '../errors/harness-error.ts';
import type { Manifest } from '../observe/observation.ts';
import type { Fault, TransitionOutcome } from '../scenario/api.ts';
import { positionOf, type CommitPoint } from '../update/phases/commit-point.ts';
import type { PhaseWindow } from '../update/phases/timeline.ts';
import { misuse, type DeviceSession, type Happened } from './device-session.ts';
import { viewDisk } from './disk-views.ts';
import { fsckAfterReplay } from './fsck.ts';
import type { SessionImage } from './image-source.ts';
import { installMarks, mark } from './phase-marks.ts';
import { phasesOf } from './recorded-update.ts';
import type { StoredRecording } from './recording-store.ts';

/** How long a recording goes on once the new system is marked good: late writeback is where ostree issue 3392 died. */
const lateWritebackSeconds = 60;

type Kind = 'switch' | 'update' | 'rollback';

/**
 * A power cut whose loss is `memory+cache`: the whole transition is recorded once, the cut is a position in that log, and the disk is
 * rebuilt as it can have been then: up to the last flush, with a seeded part of what was written after it.
 */
export async function cutFromRecording(
  session: DeviceSession,
  kind: Kind,
  to: SessionImage | undefined,
  fault: Fault,
): Promise<TransitionOutcome> {
  if (!session.isUntouched) {
    throw misuse(
      'A recorded cut must be the first thing that happens to a device',
      "use powerCut({ form: 'live' }) after other steps",
    );
  }
  const { environment, steps } = session;
  const { request, scratch } = environment;
  const { key, stored, made } = await recordingOf(session, kind, to);
  steps.note('recording', {
    made,
    bench: stored.bench,
    entries: stored.phases.entries,
    flushes: stored.phases.flushes,
    writtenBytes: stored.phases.writtenBytes,
    commit: stored.phases.commit,
    monotone: stored.phases.monotone,
    windows: stored.phases.windows,
  });
  const target =
    to ?? (await session.imageOf(stored.before.deployments.find(({ booted, staged }) => !booted && !staged)?.checksum));

  const window = stored.phases.windows.find(({ phase }) => phase === fault.at);
  if (!window) {
    throw new BenchError(`Phase not reached in the recording: ${fault.at}`, {
      code: 'phase-not-reached',
      details: { windows: stored.phases.windows },
    });
  }
  const disk = RecordedDisk.open(stored.recording);
  const rebuilt = join(scratch, 'cut.raw');
  try {
    const { marks } = stored.phases;
    const chosen = chooseCut(disk.log, {
      base: createHash('sha256')
        .update(JSON.stringify([key, stored.identity.machineId]))
        .digest('hex'),
      phase: fault.at,
      ...aimed(window, fault, stored.phases.commit, disk.log),
      seed: request.seed,
      excluded: [marks.firstSector, marks.sectors],
    });
    const position = positionOf(stored.phases.commit, { entry: chosen.cut.entry, landed: chosen.present });
    const usr = new Map<string, Manifest>();
    for (const name of environment.images.names)
      usr.set((await session.image(name)).commit, (await session.image(name)).usr);
    const state = disk.at(chosen.entries, chosen.dropped);
    const { offline, damage } = await steps.run(
      'view the disk',
      async () => viewDisk(state, (checksum) => usr.get(checksum)),
      ({ offline: { firmware, kernel, pickedResolvesTo } }) => ({
        firmwarePicks: firmware.boot.default,
        kernelPicks: kernel.boot.default,
        pickedResolvesTo,
      }),
    );
    await steps.run('rebuild the disk', () => state.materialise(rebuilt));
    const fsckProblems = await steps.run('check the file systems', () =>
      fsckAfterReplay(rebuilt, join(scratch, 'fsck.raw'), session.limit('client')),
    );
    const receipt: CutReceipt = {
      kind: 'cut',
      lossModel: 'memory+cache',
      at: new Date().toISOString(),
      proof: [
        `disk rebuilt from log entries [0, ${chosen.cut.entry}) of ${disk.log.length}, last flush at ${chosen.cut.lastFlush}`,
        `${chosen.dropped.size} later writes lost, ${chosen.present.length} kept`,
        'machine that made the recording: SIGKILL, process reaped, QMP at EOF',
      ],
      latencyMs: 0,
      log: chosen.cut,
    };
    steps.note('receipt', { ...receipt });

    steps.moment = 'after-cut';
    await session.adopt(rebuilt, stored.identity, stored.canaries, stored.generation);
    const happened = (): Omit<Happened, 'after'> => ({
      kind,
      to: target,
      before: stored.before,
      offline,
      fault: {
        kind: fault.kind,
        phaseAsked: fault.at,
        phaseHit: chosen.cut.phase,
        position,
        lossModel: 'memory+cache',
      },
      canaries: stored.canaries,
      generation: stored.generation,
      fsckProblems: [...damage, ...fsckProblems],
      consoleFrom: 0,
      expectedBoots: session.device.health.bootsSince(0).length,
    });
    await session.powerOn().catch(async (error: unknown) => {
      if (error instanceof DeadlineError) await session.concludeSilent(happened());
      return session.silenceOf(error, rebuilt);
    });
    const after = await session.observe('after');
    return await session.conclude({ ...happened(), after });
  } finally {
    disk.close();
    await rm(rebuilt, { force: true });
  }
}

/** The run's recording of this transition; made now, on an untouched device, when there is none yet. */
export async function recordingOf(
  session: DeviceSession,
  kind: Kind,
  to: SessionImage | undefined,
): Promise<{ key: Record<string, unknown>; stored: StoredRecording; made: boolean }> {
  const { recordings, request, images } = session.environment;
  const key = { kind, to: to?.commit, start: session.start, images: images.digests };
  return { key, ...(await recordings.get(key, request.deadline, () => makeRecording(session, kind, to))) };
}

/** Anywhere in the window, or where in it the fault aims at. */
function aimed(
  { from, to }: PhaseWindow,
  { at, aim }: Fault,
  commit: CommitPoint | undefined,
  log: LogWrites,
): Pick<CutRequest, 'from' | 'to' | 'flushInPhase' | 'losesAll'> {
  if (aim === undefined) return { from, to };
  if (!commit || commit.issued < from || commit.issued >= to) {
    throw new BenchError(`Commit not issued in this phase of the recording: ${at}`, {
      code: 'phase-not-reached',
      details: { window: { from, to }, commit },
    });
  }
  let flushes = 0;
  for (let i = from; i < commit.issued; i++) if (log.has(i, 'flush')) flushes++;
  return { from, to: commit.issued + 1, flushInPhase: flushes, losesAll: true };
}

async function makeRecording(
  session: DeviceSession,
  kind: Kind,
  to: SessionImage | undefined,
): Promise<StoredRecording> {
  const { environment, steps } = session;
  const { target, client, server, images } = environment;
  await session.booted(true);
  const before = await session.observe('before');
  const canaries = await session.plant();
  const shell = () => session.device.current.shell;
  await installMarks(shell(), 0, session.limit('canaries'));
  // All that went before is on the disk: what is lost from now on is the update's own.
  await shell().run(['sync'], { deadline: session.limit('client') });
  let said;
  if (kind === 'rollback') {
    said = await session.runClient('record: rollback', (at, deadline) => client.rollback(at, deadline));
  } else {
    server.use(images.repository.channel(to!.name));
    const branch = kind === 'switch' ? `bootproof/${to!.name}` : 'bootproof/stable';
    const url = `http://${target.hostAddress(server.port)}/`;
    said = await session.runClient(`record: ${kind}`, (at, deadline) =>
      client.stage(at, { branch, url, kargs: [], deadline }),
    );
  }
  await session.rebootSettled();
  await installMarks(shell(), session.nextMark(), session.limit('canaries'));
  await mark(shell(), 'boot-complete', 'begin', session.limit('canaries'));
  await steps.run('record: late writeback', () =>
    shell().run(['sleep', String(lateWritebackSeconds)], { deadline: session.limit('client') }),
  );
  await mark(shell(), 'boot-complete', 'end', session.limit('canaries'));
  await mark(shell(), 'cleanup', 'begin', session.limit('canaries'));
  await session.runClient('record: cleanup', (at, deadline) => client.cleanup(at, deadline));
  await mark(shell(), 'cleanup', 'end', session.limit('canaries'));
  const receipt = await target.power.cut(session.limit('canaries'));
  session.device.lost();
  steps.note('receipt', { ...receipt });
  const recording = await target.recording();
  const phases = await steps.run(
    'read the recording',
    async () => phasesOf(recording),
    ({ entries, windows }) => ({ entries, windows }),
  );
  return {
    recording,
    phases,
    identity: session.identity,
    before,
    canaries,
    generation: session.generation,
    client: said,
    bench: target.name,
  };
}
