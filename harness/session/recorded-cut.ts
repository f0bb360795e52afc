import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { RecordedDisk } from '../blocklog/disk-state.ts';
import type { CutReceipt } from '../device/power.ts';
import { DeadlineError, UsageError } from '../errors/harness-error.ts';
import type { Fault, TransitionOutcome } from '../scenario/api.ts';
import type { DeviceSession } from './device-session.ts';
import { viewDisk } from './disk-views.ts';
import { fsckAfterReplay } from './fsck.ts';
import type { Happened } from './happened.ts';
import type { SessionImage } from './image-source.ts';
import { recordingOf, type RecordedKind } from './make-recording.ts';
import { chooseRecordedCut } from './recorded-cut-choice.ts';
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
  if (made) {
    const { writtenBytes, flushes, writes } = stored.phases;
    steps.note('update-writes', { writtenBytes, flushes, phases: writes });
  }
  const target =
    to ??
    (await session.images.ofCommit(
      stored.before.deployments.find(({ booted, staged }) => !booted && !staged)?.checksum,
    ));

  const disk = RecordedDisk.open(stored.recording);
  const rebuilt = join(scratch, 'cut.raw');
  try {
    const chosen = chooseRecordedCut({
      log: disk.log,
      phases: stored.phases,
      fault,
      base: createHash('sha256')
        .update(JSON.stringify([key, stored.identity.machineId]))
        .digest('hex'),
      seed: request.seed,
    });
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
        position: chosen.position,
        lossModel: 'memory+cache',
      },
      canaries: stored.canaries,
      generation: stored.generation,
      fsckProblems: [...damage, ...fsckProblems],
      consoleFrom: 0,
      // a device that comes up at its second try only has not survived the cut
      expectedBoots: 1,
    });
    await session.powerOn().catch(async (error: unknown) => {
      if (error instanceof DeadlineError)
        await session.concludeSilent({ ...happened(), expectedBoots: session.device.health.bootsSince(0).length });
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
