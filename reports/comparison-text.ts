import { duration } from './case-facts.ts';
import type { Comparison } from './comparison.ts';
import { amount } from './html/amount.ts';
import { oneLine } from './printable.ts';

const shownSteps = 8;
/** Less than this is the machine's mood. */
const notedChange = 0.1;

/** For a terminal or a mail: what a person looks at in the morning, new failures first. */
export function comparisonText(result: Comparison): string {
  const { newFailures, stillFailing, fixed, lost, flaky, pulledBytes } = result;
  const part = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${oneLine(line, 300)}`)];
  const codes = (some: readonly string[]) => (some.length === 0 ? '' : ` (${some.join(', ')})`);
  const percent = (rate: number) => `${Math.round(100 * rate)} %`;
  const slower = result.timing.filter(
    ({ beforeMs, afterMs }) => Math.abs(afterMs - beforeMs) > notedChange * Math.max(beforeMs, 1000),
  );
  const lines = [
    `${result.before} → ${result.after}: ${amount(newFailures.length, 'new failure')}, ${stillFailing.length} still failing, ${fixed.length} fixed, ${lost.length} not known any more`,
    ...part(
      'New failures',
      newFailures.map((one) => `${one.case}${codes(one.codes)}`),
    ),
    ...part(
      'Still failing',
      stillFailing.map(
        (one) => `${one.case}${codes(one.codes)}${one.newCodes.length > 0 ? `, new: ${one.newCodes.join(', ')}` : ''}`,
      ),
    ),
    ...part(
      'Fixed',
      fixed.map((one) => one.case),
    ),
    ...part(
      'Passed before, says nothing now',
      lost.map((one) => `${one.case}: ${one.verdict}`),
    ),
    ...part('New cases', result.appeared),
    ...part('Cases that are gone', result.disappeared),
    ...part('Other images', result.changedImages),
    ...part(
      'Flaky on the same images',
      flaky.map(
        ({ scenario, failures, attempts, rate: [low, high] }) =>
          `${scenario}: failed ${failures} of ${attempts}, so in ${percent(low)} to ${percent(high)} of all`,
      ),
    ),
    ...part(
      'Median times',
      slower
        .slice(0, shownSteps)
        .map(({ step, beforeMs, afterMs }) => `${step}: ${duration(beforeMs)} → ${duration(afterMs)}`),
    ),
    ...(pulledBytes.before !== undefined && pulledBytes.after !== undefined && pulledBytes.before !== pulledBytes.after
      ? [`Median of pulled bytes: ${pulledBytes.before} → ${pulledBytes.after}`]
      : []),
  ];
  return `${lines.join('\n')}\n`;
}
