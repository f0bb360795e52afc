import { RecordedDisk } from '../blocklog/disk-state.ts';
import { Gpt, type GptPartition } from '../blocklog/gpt.ts';
import type { SystemVolume } from '../blocklog/system-volumes.ts';
import type { Recording } from '../device/disk.ts';
import { flushesOf, entriesTouching, type SectorRange } from '../update/phases/block-log.ts';
import { bootSwapWindow, findCommit, type CommitPoint } from '../update/phases/commit-point.ts';
import { readMarks } from '../update/phases/marks.ts';
import { Timeline, type PhaseWindow } from '../update/phases/timeline.ts';
import { BenchError } from '../errors/harness-error.ts';
import { bootLoaderOf } from '../observe/offline/boot-loader.ts';
import { choiceOf } from '../observe/offline/disk-choice.ts';
import { writesByPhase, type Writes } from './update-writes.ts';

/** What a recording says about itself: phases as windows of log positions, and the commit. Plain data. */
export interface RecordingPhases {
  readonly windows: readonly PhaseWindow[];
  /** undefined: the choice of the boot loader never changed. */
  readonly commit: CommitPoint | undefined;
  /** True: in each view the choice changed once, straight to the new system. */
  readonly monotone: boolean;
  readonly entries: number;
  readonly flushes: number;
  readonly writtenBytes: number;
  /** By phase; what was written between phases is in the sums above alone. */
  readonly writes: Readonly<Record<string, Writes>>;
  readonly marks: SectorRange;
}

/** Reads phases and commit point out of a recording. Takes seconds: the choice is looked up in a hundred disk states. */
export function phasesOf(recording: Recording): RecordingPhases {
  const disk = RecordedDisk.open(recording);
  try {
    const gpt = Gpt.read(disk.base);
    const named = (name: string): GptPartition => {
      const found = gpt.find(name);
      if (!found) {
        throw new BenchError(`Disk has no partition ${name}: its phases cannot be told`, {
          code: 'no-such-partition',
          hint: 'a recorded cut needs partitions named boot, marks and root',
        });
      }
      return found;
    };
    const [boot, root, marksRange] = [named('boot'), named('root'), named('marks')];
    const volume = ({ number }: GptPartition): SystemVolume => ({ partition: number, directory: '' });
    const volumes = { boot: volume(boot), root: volume(root) };
    const { log } = disk;
    const marks = readMarks(log, marksRange);
    const resets = recording.machineEvents
      .filter(({ event }) => event === 'reset')
      .map(({ logBytes }) => log.entriesBefore(logBytes));
    const finalize = marks.find(
      ({ phase, edge }) => (phase === 'finalize' || phase === 'boot-swap') && edge === 'begin',
    );
    const from = finalize?.logIndex ?? 0;
    const end = resets.find((position) => position > from) ?? log.length;
    const candidates = entriesTouching(log, [boot, root], from, end);
    const search = findCommit({
      candidates,
      flushes: flushesOf(log),
      choiceAt: (view, index) => {
        const state = disk.at(index + 1);
        return choiceOf(state, volumes, bootLoaderOf(Gpt.read(state)), view);
      },
    });
    const places = { bootPartition: boot, rootPartition: root, finalizeFrom: from, end };
    const swap = search.commit && bootSwapWindow(log, { ...places, commit: search.commit });
    // A rollback is nothing but the swap: there its mark is the begin.
    const bootSwap = swap && finalize?.phase === 'boot-swap' ? { ...swap, from: from + 1 } : swap;
    const timeline = new Timeline({ marks, resets, length: log.length, ...(bootSwap ? { bootSwap } : {}) });
    const { total, phases } = writesByPhase(log.entries(), timeline.windows);
    return {
      windows: timeline.windows,
      commit: search.commit,
      monotone: search.monotone,
      entries: log.length,
      ...total,
      writes: phases,
      marks: { firstSector: marksRange.firstSector, sectors: marksRange.sectors },
    };
  } finally {
    disk.close();
  }
}
