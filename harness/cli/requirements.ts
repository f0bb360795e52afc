import { Command, Option } from 'commander';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../errors/harness-error.ts';
import { requirementProblems } from '../requirements/requirements-gate.ts';
import { requirementsFromCsv } from '../requirements/requirements-from-csv.ts';
import { loadCatalog } from '../run/catalog.ts';
import { home, toolVersion } from './tool.ts';

const help = `
Without options it shows the requirements and what speaks about them. A run's own word about a requirement is in its reports, and in the
properties of junit.xml.

Exit codes: 0; 1 with --check, for a requirement without a scenario and without a reason, or an expired known issue.

Examples:
  bootproof requirements --check
  bootproof requirements --format strictdoc > requirements.sdoc
  bootproof requirements --from product.csv > scenarios/requirements.yaml
`;

interface RequirementsOptions {
  readonly scenarios: string;
  readonly check?: boolean;
  readonly format: 'text' | 'strictdoc' | 'sphinx-needs';
  readonly from?: string;
}

export function requirementsCommand(ended: (exitCode: number) => void): Command {
  return new Command('requirements')
    .description('What scenarios are evidence for, and what is evidence for nothing')
    .option('--check', 'name what is wrong, and say nothing else')
    .addOption(
      new Option('--format <name>', 'of the output').choices(['text', 'strictdoc', 'sphinx-needs']).default('text'),
    )
    .option('--from <csv>', 'a table with the columns id, text and source as requirements.yaml')
    .option('--scenarios <dir>', 'directory of scenarios', join(home, 'scenarios'))
    .addHelpText('after', help)
    .action(async (options: RequirementsOptions) => {
      if (options.from !== undefined) {
        process.stdout.write(requirementsFromCsv(await readTable(options.from)));
        return ended(0);
      }
      const catalog = await loadCatalog(options.scenarios);
      const problems = requirementProblems(catalog, new Date().toISOString().slice(0, 10));
      if (options.check) {
        for (const problem of problems) process.stderr.write(`${problem}\n`);
        return ended(problems.length > 0 ? 1 : 0);
      }
      const traced = catalog.requirements.map(({ id, text, source, 'no-scenario': reason }) => ({
        id,
        text,
        source,
        reason,
        scenarios: catalog.scenarios.filter(({ spec }) => spec.requirements.includes(id)).map(({ spec }) => spec),
      }));
      const { strictDoc } = await import('../../reports/requirements/strictdoc.ts');
      const { sphinxNeeds } = await import('../../reports/requirements/sphinx-needs.ts');
      const writers = {
        strictdoc: () => strictDoc(traced),
        'sphinx-needs': () => sphinxNeeds(traced, toolVersion()),
        text: () => traced.map(text).join('\n'),
      };
      process.stdout.write(writers[options.format]());
      ended(0);
    });
}

async function readTable(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: Error) => {
    throw new UsageError(`Table of requirements cannot be read (${cause.message}): ${path}`, {
      code: 'csv-unreadable',
      hint: 'is the path right?',
      cause,
    });
  });
}

function text(one: {
  readonly id: string;
  readonly text: string;
  readonly source: string;
  readonly reason: string | undefined;
  readonly scenarios: readonly { readonly id: string }[];
}): string {
  const seenBy = one.reason === undefined ? one.scenarios.map(({ id }) => id).join(', ') : `no scenario: ${one.reason}`;
  return `${one.id}  ${one.text}\n  from: ${one.source}\n  ${seenBy}\n`;
}
