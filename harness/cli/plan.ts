import { Command } from 'commander';
import { defaultImages } from './image-sets.ts';
import { lackingOf } from '../run/bench.ts';
import type { PlanItem } from '../run/plan.ts';
import { preparePlan, withSelection, type SelectionOptions } from './selection-options.ts';
import { table } from './table.ts';

const help = `
Nothing is switched on. The hash names the planned cases: two runs with the same hash planned the same.

Examples:
  bootproof plan --profile nightly
  bootproof plan 'interrupted/**' --json | jq '.cases[].case'
`;

export function planCommand(ended: (exitCode: number) => void): Command {
  return withSelection(new Command('plan'))
    .description('Show which cases a run would have, without a device')
    .option('--images <set>', 'image set that a run would use', defaultImages)
    .option('--json', 'as JSON')
    .addHelpText('after', help)
    .action(async (patterns: string[], options: SelectionOptions & { json?: boolean }) => {
      const { plan, benches } = await preparePlan(patterns, options);
      const lacking = lackingOf(benches);
      const text = options.json
        ? JSON.stringify({ ...plan, items: undefined, cases: plan.items.map(caseJson), lacking }, null, 2)
        : planText(plan.items, plan.profile, plan.hash);
      process.stdout.write(`${text}\n`);
      for (const { bench, capability } of lacking)
        process.stderr.write(`${bench} lacks ${capability}, which its bench file expects\n`);
      ended(lacking.length > 0 ? 3 : 0);
    });
}

function caseJson({ planned, seed, benches, missing }: PlanItem): Record<string, unknown> {
  return { ...planned, seed, benches, missing };
}

function planText(items: readonly PlanItem[], profile: string, hash: string): string {
  const rows = items.map(({ planned, missing }) => [
    planned.case,
    missing.length > 0 ? `not applicable: lacks ${missing.join(', ')}` : planned.bench,
    planned.requirements.join(' '),
    planned.negative ? `negative: ${planned.title}` : planned.title,
  ]);
  const count = `${items.length} ${items.length === 1 ? 'case' : 'cases'}`;
  return `${table(['case', 'bench', 'requirements', 'title'], rows)}\n\n${count} of ${profile}, plan ${hash.slice(0, 16)}`;
}
