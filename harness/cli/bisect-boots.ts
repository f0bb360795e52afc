import type { RecordedDisk } from '../blocklog/disk-state.ts';
import { boundaryBetween } from '../explore/boundary.ts';
import type { CrashState, StateIds } from '../explore/crash-state.ts';
import { cutAt } from '../explore/narrowed-cut.ts';
import type { ExploreSubject } from '../explore/subject.ts';
import { bootWords } from '../session/state-boot.ts';
import type { StoredRecording } from '../session/recording-store.ts';
import { rebuildLine } from './bisect-text.ts';
import { ExploreBench } from './explore-bench.ts';
import { ExploreRecord } from './explore-record.ts';
import type { ExploreSettings } from './explore-run.ts';
import { sessionBooting } from './explore-samples.ts';
import { prepareImages } from './image-sets.ts';
import type { Interrupts } from './interrupts.ts';

export interface BootedCut {
  readonly disk: RecordedDisk;
  readonly ids: StateIds;
  readonly subject: ExploreSubject;
  readonly stored: StoredRecording;
  readonly given: CrashState;
  readonly window: { readonly from: number; readonly to: number };
  readonly phase: string;
}

/** Narrows the position alone, between the begin of the phase and the cut: what is lost stays as it was. @returns the exit code. */
export async function bisectByBoots(
  { disk, ids, subject, stored, given, window, phase }: BootedCut,
  boots: number,
  { settings, interrupts }: { settings(state: CrashState): ExploreSettings; interrupts: Interrupts },
): Promise<number> {
  if (boots === 0) {
    process.stdout.write('--boots 0: nothing more can be said\n');
    return 1;
  }
  const options = settings(given);
  const { from, to } = subject.transition;
  const prepared = await prepareImages(options.images, { onStep: () => undefined });
  const record = await ExploreRecord.open(options, prepared, [from.name, to.name]);
  const bench = new ExploreBench(options, record, from.name, interrupts.abort);
  const booting = sessionBooting(bench, stored);
  const stateAt = (entries: number): CrashState =>
    entries === given.entries ? given : cutAt(disk.log, entries, given.dropped);
  const fails = async (entries: number): Promise<boolean> => {
    const booted = await booting.boot({ disk, ids, subject }, stateAt(entries));
    process.stdout.write(`  cut after entry ${entries}: boots ${bootWords(booted)}\n`);
    return booted.boots === 'nothing' || booted.boots === 'other';
  };
  const narrow = async (): Promise<number> => {
    if (!(await fails(given.entries))) {
      const reason = 'what the case found shows neither on the disk nor in which system boots';
      process.stdout.write(`Not narrowed: ${reason}\n`);
      await record.end({ verdict: 'passed', reason, findingCodes: [] });
      return 1;
    }
    const { good, bad } = await boundaryBetween({ good: window.from, bad: given.entries }, fails, boots - 1);
    const reason = `between entry ${good} and ${bad} in ${phase}, with the recorded losses`;
    process.stdout.write(
      `window    good at ${good} (the begin of ${phase} is taken to be), fails from ${bad}; ${bad - good} writes between, ${boots} boots at most\n` +
        `rebuild   ${rebuildLine(settings(stateAt(bad)))}\n`,
    );
    await record.end({ verdict: 'failed', blame: 'product', code: 'crash-state-unsound', reason, findingCodes: [] });
    return 0;
  };
  return record.during(() => bench.during(narrow));
}
