import type { SessionImage } from './image-source.ts';
import type { DeviceSession } from './device-session.ts';
import { installMarks, mark } from './phase-marks.ts';
import { phaseSpans, phaseTimes, timedMarks } from './phase-times.ts';
import { phasesOf } from './recorded-update.ts';
import type { StoredRecording } from './recording-store.ts';

/** How long a recording goes on once the new system is marked good: late writeback is where ostree issue 3392 died. */
const lateWritebackSeconds = 60;

export type RecordedKind = 'switch' | 'update' | 'rollback';

/** The run's recording of this transition; made now, on an untouched device, when there is none yet. */
export async function recordingOf(
  session: DeviceSession,
  kind: RecordedKind,
  to: SessionImage | undefined,
): Promise<{ key: Record<string, unknown>; stored: StoredRecording; made: boolean }> {
  const { recordings, request, images } = session.environment;
  const key = { kind, to: to?.commit, start: session.start, images: images.digests };
  return { key, ...(await recordings.get(key, request.deadline, () => makeRecording(session, kind, to))) };
}

/** Records one whole transition, from before the client starts to a minute after the new system is marked good, and its cleanup. */
async function makeRecording(
  session: DeviceSession,
  kind: RecordedKind,
  to: SessionImage | undefined,
): Promise<StoredRecording> {
  const { environment, steps } = session;
  const { target, client, server, images } = environment;
  await session.booted(true);
  const before = await session.observe('before');
  const canaries = await session.plant();
  const shell = () => session.device.current.shell;
  const consoleFrom = session.device.console.length;
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
  const spans = phaseSpans(timedMarks(session.device.transcript, consoleFrom));
  steps.note('phase-times', { phasesMs: phaseTimes(spans), spans });
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
