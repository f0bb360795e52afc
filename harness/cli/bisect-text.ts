import type { RecordedDisk } from '../blocklog/disk-state.ts';
import type { CrashState } from '../explore/crash-state.ts';
import type { NarrowedCut } from '../explore/narrowed-cut.ts';
import type { ExploreSubject } from '../explore/subject.ts';
import { WriteOwners } from '../explore/write-owners.ts';
import type { ExploreSettings } from './explore-run.ts';

const writesShown = 40;

/** For a terminal: what is left of a cut, the writes with the files that they belong to. */
export function narrowedText(
  disk: RecordedDisk,
  { windows }: Pick<ExploreSubject, 'windows'>,
  given: CrashState,
  { state, verdict, codes, goodBefore, goodAfter, lastBad, statesJudged }: NarrowedCut,
): string {
  const { entries, dropped } = state;
  const owners = new WriteOwners(disk, Math.max(entries, ...dropped));
  const phaseAt = (at: number): string => windows.find(({ from, to }) => from <= at && at < to)?.phase ?? 'no phase';
  const before =
    goodBefore === undefined ? 'nothing before it is good' : `good at ${goodBefore} (${phaseAt(goodBefore)})`;
  const after =
    goodAfter === undefined ? 'to the end of the phase' : `good again at ${goodAfter} (${phaseAt(goodAfter)})`;
  const lines = [
    `recorded  cut after entry ${given.entries} (${phaseAt(given.entries)}), ${given.dropped.length} writes lost: ${codes.join(', ')}`,
    `smallest  cut after entry ${entries} (${phaseAt(entries)}), ${dropped.length} writes lost; ${statesJudged} states judged offline, predicted to boot ${verdict.boots}`,
    `window    with these lost: ${before}, fails from ${entries} to ${lastBad}, ${after}`,
    ...dropped.slice(0, writesShown).map((entry) => `  lost    ${entry}: ${owners.describe(entry).what}`),
    ...(dropped.length > writesShown ? [`  lost    ${dropped.length - writesShown} more`] : []),
    ...(entries > 0 ? [`  landed  ${entries - 1}: ${owners.describe(entries - 1).what}`] : []),
    ...verdict.findings.map(({ oracle, code, message }) => `  oracle ${oracle} ${code}: ${message}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** The command that rebuilds and boots the state again. */
export function rebuildLine({ bench, recording, update, images, state }: ExploreSettings): string {
  const words = ['npx', 'bootproof', 'explore', '--recording', recording ?? '', '--update', update, '--images', images];
  for (const file of bench) words.push('--bench', file);
  return [...words, '--state', state ?? ''].join(' ');
}
