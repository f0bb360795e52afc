import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { chooseCut, type CutRequest } from '../blocklog/cut.ts';
import { RecordedDisk } from '../blocklog/disk-state.ts';
import type { LogWrites } from '../blocklog/log-writes.ts';
import type { CutReceipt } from '../device/power.ts';
import { BenchError, DeadlineError, UsageError } from '../errors/harness-error.ts';
import type { Fault, TransitionOutcome } from '../scenario/api.ts';
import { positionOf, type CommitPoint } from '../update/phases/commit-point.ts';
import type { PhaseWindow } from '../update/phases/timeline.ts';
import type { DeviceSession } from './device-session.ts';
import { viewDisk } from './disk-views.ts';
import { fsckAfterReplay } from './fsck.ts';
import type { Happened } from './happened.ts';
import type { SessionImage } from './image-source.ts';
import { makeRecording, type RecordedKind } from './make-recording.ts';
import { silenceOf } from './silence.ts';

/**
 * A power cut whose loss is `memory+cache`: the whole transition is recorded once, the cut is a position in that log, and the disk is
 * rebuilt as it can have been then: up to the last flush, with a seeded part of what was written after it.
 */
export async function cutFromRecording(
  session: DeviceSession,
  kind: RecordedKind,
  to: SessionImage | undefined,
  fault: Fault,
): Promise<TransitionOutcome> {
  if (!session.isUntouched) {
    throw new UsageError('A recorded cut must be the first thing that happens to a device', {
      code: 'scenario-misuse',
      hint: "use powerCut({ form: 'live' }) after other steps",
    });
  }
  const { environment, steps } = session;
  const { request, scratch } = environment;
  const key = { kind, to: to?.commit, start: session.start, images: environment.images.digests };
  const { stored, made } = await environment.recordings.get(key, request.deadline, () =>
    makeRecording(session, kind, to),
  );
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
    to ??
    (await session.images.ofCommit(
      stored.before.deployments.find(({ booted, staged }) => !booted && !staged)?.checksum,
    ));

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
    const expectedUsr = await session.images.expectedUsr();
    const state = disk.at(chosen.entries, chosen.dropped);
    const { offline, damage } = await steps.run(
      'view the disk',
      async () => viewDisk(state, expectedUsr),
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
    await session.adopt(rebuilt, stored.identity, stored.generation);
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
      return silenceOf(session, error, rebuilt);
    });
    const after = await session.observe('after');
    return await session.conclude({ ...happened(), after });
  } finally {
    disk.close();
    await rm(rebuilt, { force: true });
  }
}

export function isRecorded(fault: Fault | undefined): fault is Fault {
  return fault?.kind === 'power-cut' && fault.form !== 'live';
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
