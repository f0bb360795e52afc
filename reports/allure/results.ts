import { createHash } from 'node:crypto';
import { Stage, Status } from 'allure-js-commons';
import type { Label, Link, Parameter } from 'allure-js-commons';
import { FileSystemWriter, ReporterRuntime } from 'allure-js-commons/sdk/reporter';
import { aboutOf, notCompliance } from '../../harness/record/about.ts';
import { countsAsFailed } from '../../harness/record/exit-code.ts';
import type { CaseLedger } from '../../harness/record/ledger.ts';
import { standingIn, standingText } from '../../harness/record/qualification-standing.ts';
import type { RunRecord } from '../../harness/record/run-record.ts';
import { caseFacts, imagesOf, phasesOf } from '../case-facts.ts';
import { cutAt, oneLine, printable } from '../printable.ts';
import { attach, CopyBudget } from './attachments.ts';
import { addSteps } from './steps.ts';

/**
 * Writes Allure results of a finished record into a new directory. From the record, not from a live reporter: one loses every case of a
 * failing hook. Statuses are set here, never guessed from a message.
 */
export async function writeAllureResults(run: RunRecord, resultsDir: string): Promise<void> {
  const { ledger } = run;
  const standing = standingIn(ledger);
  const runtime = new ReporterRuntime({
    writer: new FileSystemWriter({ resultsDir }),
    categories: [
      { name: 'Product failures', matchedStatuses: [Status.FAILED] },
      { name: 'Bench or harness, aborted', matchedStatuses: [Status.BROKEN] },
      { name: 'Not run', matchedStatuses: [Status.SKIPPED], messageRegex: 'not-run: .*' },
      { name: 'Not applicable', matchedStatuses: [Status.SKIPPED], messageRegex: 'not-applicable: .*' },
      { name: 'Known issues', matchedStatuses: [Status.SKIPPED], messageRegex: 'known-issue: .*' },
    ],
    environmentInfo: {
      run: oneLine(ledger.run.run),
      profile: oneLine(ledger.run.profile),
      seed: String(ledger.run.seed),
      tool: oneLine(`${ledger.run.tool.version} (${ledger.run.tool.commit})`),
      record: run.head,
      about: oneLine(aboutOf(ledger).text),
      'not compliance': notCompliance,
      ...(standing ? { qualification: oneLine(standingText(standing), 600) } : {}),
      ...Object.fromEntries(
        imagesOf(ledger).map(({ name, digest }) => [oneLine(`image ${name}`), oneLine(digest ?? '')]),
      ),
    },
  });
  const budget = new CopyBudget();
  for (const one of ledger.cases) await writeCase(run, one, runtime, budget);
  runtime.writeEnvironmentInfo();
  runtime.writeCategoriesDefinitions();
}

async function writeCase(run: RunRecord, one: CaseLedger, runtime: ReporterRuntime, budget: CopyBudget): Promise<void> {
  const { planned, verdict } = one;
  const stop = Date.parse(verdict.at);
  const uuid = runtime.startTest({
    name: oneLine(`${planned.case}: ${planned.title}`),
    fullName: oneLine(planned.case),
    // The same case on the same bench is one line of history, whatever the run.
    historyId: stableId(planned.bench, planned.case),
    testCaseId: stableId(planned.case),
    status: statusOf(one),
    stage: Stage.FINISHED,
    statusDetails: statusDetails(one),
    labels: labels(one),
    links: links(one),
    parameters: parameters(one),
    start: Number.isNaN(stop) ? 0 : stop - verdict.durationMs,
  });
  addSteps(runtime, uuid, one.steps);
  for (const attachment of one.attachments) await attach(runtime, uuid, run.dir, attachment, budget);
  runtime.stopTest(uuid, { stop: Number.isNaN(stop) ? verdict.durationMs : stop });
  runtime.writeTest(uuid);
}

/** Failed is the product, broken is the bench, the harness or the person; a known issue that no longer holds is failed. */
function statusOf({ verdict }: CaseLedger): Status {
  if (countsAsFailed(verdict)) return Status.FAILED;
  if (verdict.verdict === 'passed') return Status.PASSED;
  if (verdict.verdict === 'broken' || verdict.verdict === 'aborted') return Status.BROKEN;
  return Status.SKIPPED;
}

const shownFindings = 100;

function statusDetails({ verdict, findings }: CaseLedger): { message?: string; trace?: string } {
  if (verdict.verdict === 'passed' && verdict.reason === '' && findings.length === 0) return {};
  const lines = findings
    .slice(0, shownFindings)
    .map(
      (finding) => `${finding.severity} ${finding.code} (oracle ${finding.oracle}): ${cutAt(finding.message, 1000)}`,
    );
  const rest = findings.length - lines.length;
  const trace = [...lines, rest > 0 ? `${rest} more in the record` : '', verdict.reproduce].filter(
    (line) => line !== '',
  );
  return { message: oneLine(`${verdict.verdict}: ${verdict.reason}`, 1000), trace: printable(trace.join('\n')) };
}

function labels({ planned, kind, verdict }: CaseLedger): Label[] {
  const pairs = [
    ...planned.requirements.map((id) => ['epic', id]),
    ['parentSuite', planned.bench],
    ['suite', planned.scenario],
    ['host', planned.bench],
    ['tag', kind],
    ['tag', verdict.verdict],
    ['framework', 'bootproof'],
  ];
  return pairs.map(([name = '', value = '']) => ({ name, value: oneLine(value) }));
}

function links({ verdict: { knownIssue } }: CaseLedger): Link[] {
  const url = knownIssue?.tracker ?? '';
  return /^https:\/\/[^\s"'<>]+$/.test(url) ? [{ type: 'issue', url, name: oneLine(url) }] : [];
}

function parameters(one: CaseLedger): Parameter[] {
  const facts = caseFacts(one);
  const pairs: [string, string][] = [
    ['bench', one.planned.bench],
    ['old image', facts.oldImage ? `${facts.oldImage.name} ${facts.oldImage.digest}` : ''],
    ['new image', facts.newImage ? `${facts.newImage.name} ${facts.newImage.digest}` : ''],
    ['loss model', facts.lossModels.join(', ')],
    ['phase asked → hit', phasesOf(facts)],
    ['running after', facts.running ?? ''],
    ['seed', one.started ? String(one.started.seed) : ''],
  ];
  return pairs.flatMap(([name, value]) =>
    // What changes from run to run must not make another test of it.
    value === '' ? [] : [{ name, value: oneLine(value), excluded: name !== 'bench' }],
  );
}

function stableId(...parts: string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 32);
}
