import { Command } from 'commander';
import { openRun } from '../record/run-record.ts';
import { UsageError } from '../errors/harness-error.ts';
import { exitCodeOf } from '../record/exit-code.ts';
import { summary, useColour } from '../../reports/summary.ts';
import { findRunDirectory } from '../run/run-directory.ts';
import { bundleRun, bundleText } from './bundle-run.ts';

const help = `
Reports are functions of the record, so they can be made again, and of a run that was killed too: a case that had begun is
aborted, one that had not is not-run. The record's chain of hashes is checked first.

${'`traces`'} is an OpenTelemetry trace of the run (OTLP/JSON). Where OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is
set it is sent there too, by OTLP/HTTP, after a run as well; what came of that is told, and changes no exit code.

Exit codes: 0 written, whatever the verdicts are; 3 a report could not be written; 2 no run, or a record that was changed.

Examples:
  bootproof report last
  bootproof report runs/20261121T080501Z-3fa9c1 --format junit
  bootproof report last --bundle evidence.tar --key lab-2026.json     one file to hand on, and evidence.verify.mjs
  bootproof report last --bundle evidence.tar --with-images           and enough to do a case again on another machine
`;

interface ReportOptions {
  readonly format: string[];
  readonly out: string;
  readonly json?: boolean;
  readonly bundle?: string;
  readonly key?: string;
  readonly withImages?: true | string;
}

export function reportCommand(ended: (exitCode: number) => void): Command {
  return new Command('report')
    .description('Make the reports of a run from its record')
    .argument('<run>', 'directory of a run, its id or the beginning of it, or `last`')
    .option(
      '--format <name>',
      'html, junit, openmetrics, traces or allure; several times for more (default: all)',
      several,
      [],
    )
    .option('--out <dir>', 'where directories of runs are', 'runs')
    .option('--bundle <file>', 'no reports: everything in one archive, with a verifier beside it that needs Node alone')
    .option('--key <file>', 'private key (`bootproof key new`) that signs the bundle')
    .option(
      '--with-images [dir]',
      'in the bundle also the images that ran (hundreds of MB), from the cache or from DIR: then it is replayed anywhere',
    )
    .option('--json', 'the verdicts as JSON')
    .addHelpText('after', help)
    .action(async (name: string, options: ReportOptions) => {
      if (options.key !== undefined && options.bundle === undefined)
        throw new UsageError('A key, and nothing that it signs: --key', {
          code: 'key-without-bundle',
          hint: '--bundle FILE names the archive that is signed',
        });
      if (options.format.length > 0 && options.bundle !== undefined)
        throw new UsageError('A bundle holds the record, and no reports: --format', {
          code: 'format-of-bundle',
          hint: 'make the reports by a command of their own, without --bundle',
        });
      if (options.withImages !== undefined && options.bundle === undefined)
        throw new UsageError('Images without a bundle: --with-images', {
          code: 'images-without-bundle',
          hint: '--bundle FILE names the archive that they go into',
        });
      const directory = await findRunDirectory(options.out, name);
      if (options.bundle !== undefined) {
        const written = await bundleRun(directory, options.bundle, options);
        process.stdout.write(options.json ? `${JSON.stringify(written, null, 2)}\n` : bundleText(written));
        return ended(0);
      }
      // loaded late: the report generators take longer to load than everything else
      const { reportFormats, writeReports } = await import('../../reports/index.ts');
      const formats =
        options.format.length > 0 ? options.format.map((name) => known(name, reportFormats)) : reportFormats;
      const run = await openRun(directory);
      const reports = await writeReports(directory, { run, formats });
      const { ledger } = run;
      const { stdout, env } = process;
      const text = options.json
        ? `${JSON.stringify({ runDir: directory, ...exitCodeOf(ledger), counts: ledger.counts, verdicts: ledger.cases.map(({ verdict }) => verdict), reports }, null, 2)}\n`
        : summary(ledger, { columns: stdout.columns ?? Infinity, colour: useColour(stdout, env), reports });
      stdout.write(text);
      // the verdicts are the run's; here only a report that could not be written counts
      ended(reports.some(({ error }) => error !== undefined) ? 3 : 0);
    });
}

function several(value: string, before: string[]): string[] {
  return [...before, value];
}

function known<F extends string>(name: string, formats: readonly F[]): F {
  const format = formats.find((one) => one === name);
  if (format !== undefined) return format;
  throw new UsageError(`No such report: ${name}`, { code: 'no-such-report', hint: `there are: ${formats.join(', ')}` });
}
