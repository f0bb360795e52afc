import { bootWords } from '../session/state-boot.ts';
import type { SampledBoot, SecondOrder } from './explore-samples.ts';

/** For a terminal: what was booted beyond one state of each class, and what second cuts came to; '' where nothing was asked for. */
export function samplesText(sampled: readonly SampledBoot[], second: readonly SecondOrder[]): string {
  const lines: string[] = [];
  if (sampled.length > 0) {
    const same = sampled.filter(({ predicted, booted }) => predicted === booted.boots).length;
    lines.push('', `${sampled.length} more states, chosen at random, were booted: ${same} as predicted`);
  }
  for (const { state, booted, enumerated, failing, finished, again } of second) {
    const bad = failing.reduce((all, { states }) => all + states, 0);
    const end = again ? `; updated again: runs ${again.running}${again.codes.map((code) => `, ${code}`).join('')}` : '';
    lines.push(
      '',
      `second cut, in the recovery from ${state} (booted ${bootWords(booted)}): ${enumerated} crash states${finished ? '' : ' (not all judged)'}, ${bad} that are neither old nor new${end}`,
      ...failing.map(({ name, states, state: smallest }) => `  ${states} ${name}: ${smallest}`),
    );
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}
