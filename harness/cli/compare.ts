import { Command } from 'commander';
import { openRunOrBundle } from '../bundle/run-source.ts';
import { UsageError } from '../errors/harness-error.ts';
import { addToHistory, readHistory } from '../record/history.ts';
import { digestOf, type RunDigest } from '../record/run-digest.ts';
import { findRunDirectory } from '../run/run-directory.ts';

const help = `
A run is a directory, an id, \`last\`, or a bundle. With --history, runs are kept there as a few kilobytes each: the second run is then added, and
compared with the newest one before it unless two are named; what both passed and failed over all nights is told as flaky, with its rate.

Exit codes: 0; 1 with --fail-on-new when a case failed that did not fail before.

Examples:
  bootproof compare 20261120 20261121
  bootproof compare last --history /srv/history --fail-on-new
`;

interface CompareOptions {
  readonly out: string;
  readonly history?: string;
  readonly failOnNew?: boolean;
  readonly json?: boolean;
}

export function compareCommand(ended: (exitCode: number) => void): Command {
  return new Command('compare')
    .description('Say what is different between two runs')
    .argument('<runs...>', 'older and newer; or the newer alone, with --history')
    .option('--out <dir>', 'where directories of runs are', 'runs')
    .option('--history <dir>', 'directory that keeps all runs')
    .option('--fail-on-new', 'exit 1 when there are new failures, and only then')
    .option('--json', 'as JSON')
    .addHelpText('after', help)
    .action(async (names: string[], options: CompareOptions) => {
      const digests: RunDigest[] = [];
      for (const name of names) digests.push(await digestNamed(options.out, name));
      const [first, second] = digests;
      if (!first || digests.length > 2 || (!second && options.history === undefined))
        throw new UsageError('Two runs are compared, or one with --history', { code: 'compare-what' });
      const after = second ?? first;
      const history = options.history === undefined ? [] : await readHistory(options.history);
      const before = second ? first : history.findLast(({ at, run }) => at < after.at && run !== after.run);
      if (before && before.imageSet !== after.imageSet)
        throw new UsageError(`Evidence about different things: image sets ${before.imageSet} and ${after.imageSet}`, {
          code: 'compare-image-sets',
          hint: 'keep a history for each image set',
        });
      if (options.history !== undefined) await addToHistory(options.history, after);
      if (!before) {
        const first = JSON.stringify({ before: null, after: after.run }, null, 2);
        process.stdout.write(options.json ? `${first}\n` : `First run of the history: ${after.run}\n`);
        return ended(0);
      }
      const { compare } = await import('../../reports/comparison.ts');
      const { comparisonText } = await import('../../reports/comparison-text.ts');
      const result = compare(before, after, history);
      process.stdout.write(options.json ? `${JSON.stringify(result, null, 2)}\n` : comparisonText(result));
      ended(options.failOnNew && result.newFailures.length > 0 ? 1 : 0);
    });
}

async function digestNamed(out: string, name: string): Promise<RunDigest> {
  const path = name.endsWith('.tar') ? name : await findRunDirectory(out, name);
  return digestOf((await openRunOrBundle(path)).ledger);
}
