import { Command } from 'commander';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { toolVersions } from '../host/tool-versions.ts';
import { runAdapterMutants } from '../qualify/adapter-mutants.ts';
import { imageMutants } from '../qualify/image-mutants.ts';
import { exitCodeOfQualification, qualify } from '../qualify/qualify.ts';
import type { Qualification } from '../record/qualification.ts';
import { openRun } from '../record/run-record.ts';
import { loadCatalog } from '../run/catalog.ts';
import { findRunDirectory } from '../run/run-directory.ts';
import { adapterMutants } from './compose.ts';
import { keepQualification } from './kept-qualification.ts';
import { table } from './table.ts';
import { home, toolFacts } from './tool.ts';

const help = `
Mutants are devices, oracles, adapters and images that are broken in one place each. Each must be killed by exactly the code that it must
give. The images are booted by a run of the negatives; give that run, or they count as not run:
  bootproof run 'negative/**' && bootproof qualify --run last

The result is kept on this host too, whatever it is: ${'`run`'} says when it is made with other versions than the last one, or when that
one has survivors. Other means another version of bootproof, any other oracle, or another major or minor version of a host's tool.

Exit codes: 0 all killed; 1 a survivor, or one that died of something else; 3 an image of the run given was not judged.

Examples:
  bootproof qualify                        half a minute, without a device
  bootproof qualify --run last --to qualification
`;

interface QualifyOptions {
  readonly run?: string;
  readonly out: string;
  readonly to: string;
  readonly json?: boolean;
}

export function qualifyCommand(ended: (exitCode: number) => void): Command {
  return new Command('qualify')
    .description('Show that the harness itself can fail: mutants, and what killed them')
    .option('--run <run>', 'run whose negatives count: its directory, id, or `last`')
    .option('--out <dir>', 'where directories of runs are', 'runs')
    .option('--to <dir>', 'where qualification.json and qualification.html go', 'qualification')
    .option('--json', 'the kill table as JSON')
    .addHelpText('after', help)
    .action(async (options: QualifyOptions) => {
      const { scenarios } = await loadCatalog(join(home, 'scenarios'));
      const negatives = scenarios.flatMap(({ spec: { id, title, negative } }) =>
        negative ? [{ id, title, ...negative }] : [],
      );
      const run =
        options.run === undefined ? undefined : await openRun(await findRunDirectory(options.out, options.run));
      const others = [...(await runAdapterMutants(adapterMutants())), ...imageMutants(negatives, run?.ledger)];
      const result = qualify({ tool: await toolFacts(), configuration: await toolVersions() }, others);
      const paths = await write(options.to, result);
      process.stdout.write(options.json ? `${JSON.stringify(result, null, 2)}\n` : text(result, paths));
      ended(exitCodeOfQualification(result, run !== undefined));
    });
}

async function write(directory: string, result: Qualification): Promise<string[]> {
  const { qualificationReport } = await import('../../reports/qualification.ts');
  await mkdir(directory, { recursive: true });
  const json = `${JSON.stringify(result, null, 2)}\n`;
  await keepQualification(json);
  const files = {
    'qualification.json': json,
    'qualification.html': qualificationReport(result),
  };
  return Promise.all(
    Object.entries(files).map(async ([name, content]) => {
      const path = resolve(directory, name);
      await writeFile(path, content);
      return path;
    }),
  );
}

function text({ mutants, gaps }: Qualification, paths: readonly string[]): string {
  const kinds = ['device', 'oracle', 'adapter', 'image'] as const;
  const rows = kinds.map((kind) => {
    const some = mutants.filter((mutant) => mutant.kind === kind);
    const count = (outcome: string) => String(some.filter((mutant) => mutant.outcome === outcome).length);
    return [
      kind,
      String(some.length),
      count('killed'),
      count('survived'),
      count('wrong-reason'),
      count('not-applicable'),
      count('not-run'),
    ];
  });
  const open = mutants.filter(({ outcome }) => outcome !== 'killed');
  return `${[
    table(['mutants', 'all', 'killed', 'survived', 'wrong reason', 'not applicable', 'not run'], rows),
    ...open.map(({ id, outcome, found, reason }) => `${outcome}: ${id} (${found.join(', ') || reason})`),
    ...gaps.map((gap) => `too few: ${gap}`),
    ...paths,
  ].join('\n')}\n`;
}
