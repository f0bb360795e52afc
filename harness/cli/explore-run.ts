import { access, constants } from 'node:fs/promises';
import { UsageError } from '../errors/harness-error.ts';
import { denseAround, updateFound } from '../explore/found-update.ts';
import { bootMenuOf } from '../observe/offline/boot-menu.ts';
import { ConsoleBoots } from '../session/console-boots.ts';
import { denseWindow, readRecording, subjectOf } from '../session/explored-update.ts';
import { recordingOf } from '../session/make-recording.ts';
import { benchesOf, loadBenchFiles, withBench } from './compose.ts';
import { ExploreBench } from './explore-bench.ts';
import { ExploreRecord } from './explore-record.ts';
import { sessionBooting, type Booting } from './explore-samples.ts';
import { allStates, oneState } from './explore-states.ts';
import type { ExploreCommandOptions } from './explore.ts';
import { prepareImages } from './image-sets.ts';
import type { Interrupts } from './interrupts.ts';

export interface ExploreSettings extends ExploreCommandOptions {
  readonly seed: number;
}

/** @returns the exit code of the run. */
export async function explore(options: ExploreSettings, interrupts: Interrupts): Promise<number> {
  if (options.log !== undefined || options.disk !== undefined) return exploreLog(options, interrupts);
  const [from, to] = imagesOf(options.update);
  // before the record: a wrong path is no run, and none that `report last` finds
  const kept = options.recording ? await readRecording(options.recording) : undefined;
  const built = await prepareImages(options.images, { onStep: () => undefined });
  const record = await ExploreRecord.open(options, built, [from, to]);
  const bench = new ExploreBench(options, record, from, interrupts.abort);
  return record.during(() =>
    bench.during(async () => {
      const stored =
        kept ??
        (await bench.with(
          async (session) => (await recordingOf(session, 'update', await session.images.named(to))).stored,
        ));
      const subject = await subjectOf(stored, built.source);
      const booting = options.boot ? { booting: sessionBooting(bench, stored) } : {};
      return options.state
        ? oneState(options.state, subject, { options, record, ...booting })
        : allStates(subject, denseWindow(subject.windows), { options, record, stop: interrupts.abort, ...booting });
    }),
  );
}

/** A log and a disk from anywhere: there is nobody to log in to, so that the console alone says what boots, where that was asked for. */
async function exploreLog(options: ExploreSettings, interrupts: Interrupts): Promise<number> {
  const { log, disk } = options;
  if (log === undefined || disk === undefined || options.recording !== undefined)
    throw new UsageError('Half of a recording: --log and --disk go together, without --recording', {
      code: 'log-without-disk',
      hint: 'the log of writes, and the disk as it was before the first of them',
    });
  if (options.second > 0)
    throw new UsageError('Nobody logs in to a disk from elsewhere: --second', {
      code: 'second-of-a-log',
      hint: 'a second cut needs a device on which the update can be begun again',
    });
  for (const path of [log, disk])
    await access(path, constants.R_OK).catch((cause: Error) => {
      throw new UsageError(`Recording cannot be read (${cause.message}): ${path}`, {
        code: 'log-unreadable',
        hint: 'is the path right?',
        cause,
      });
    });
  const subject = updateFound({ basePath: disk, logPath: log }, bootMenuOf(options.menu));
  const { from, to } = subject.transition;
  const record = await ExploreRecord.open(options, undefined, [from.commit.slice(0, 12), to.commit.slice(0, 12)]);
  const explored = (booting: { booting?: Booting }): Promise<number> =>
    options.state
      ? oneState(options.state, subject, { options, record, ...booting })
      : allStates(subject, denseAround(subject), { options, record, stop: interrupts.abort, ...booting });
  return record.during(async () => {
    if (!options.consoleBoot) return explored({});
    const [file] = await loadBenchFiles(options.bench);
    const [bench] = benchesOf(file!);
    return withBench(bench!, interrupts.abort, (target, scratch) => {
      let boots: ConsoleBoots | undefined;
      return explored({
        booting: {
          boot: ({ ids, disk }, state) => {
            process.stderr.write(`explore: boot ${ids.id(state)}\n`);
            boots ??= new ConsoleBoots({ target, subject, disk, scratch, abort: interrupts.abort });
            return boots.boot(state);
          },
        },
      });
    });
  });
}

function imagesOf(update: string): [from: string, to: string] {
  const [, from, to] = /^([\w-]+)\.\.([\w-]+)$/.exec(update) ?? [];
  if (from && to) return [from, to];
  throw new UsageError(`Not an update: ${update}`, { code: 'no-such-update', hint: 'two images, as in v1..v2' });
}
