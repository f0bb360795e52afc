import { aboutOf, notCompliance } from '../harness/record/about.ts';
import { countsAsFailed } from '../harness/record/exit-code.ts';
import type { CaseLedger, Ledger } from '../harness/record/ledger.ts';
import { standingIn, standingText } from '../harness/record/qualification-standing.ts';
import { caseFacts, phasesOf } from './case-facts.ts';
import { cutAt, oneLine } from './printable.ts';
import type { XmlElement } from './xml.ts';
import { element, xmlDocument } from './xml.ts';

/**
 * JUnit XML, one suite a bench, one test case a planned case. `failure` is the product's (or a known issue that no longer holds), `error`
 * is what nobody may take for a pass (broken, aborted, not-run), `skipped` is allowed (not-applicable, known-issue).
 */
export function junitReport(ledger: Ledger): string {
  const benches = [...new Set(ledger.cases.map(({ planned }) => planned.bench))];
  const suites = benches.map((bench) =>
    suite(
      ledger,
      bench,
      ledger.cases.filter(({ planned }) => planned.bench === bench),
    ),
  );
  return xmlDocument(element('testsuites', { name: 'bootproof', ...totals(ledger.cases) }, ...suites));
}

type Outcome = 'passed' | 'failure' | 'error' | 'skipped';

function outcomeOf({ verdict }: CaseLedger): Outcome {
  if (countsAsFailed(verdict)) return 'failure';
  if (verdict.verdict === 'passed') return 'passed';
  return verdict.verdict === 'not-applicable' || verdict.verdict === 'known-issue' ? 'skipped' : 'error';
}

function totals(cases: readonly CaseLedger[]) {
  const count = (outcome: Outcome) => cases.filter((one) => outcomeOf(one) === outcome).length;
  const ms = cases.reduce((sum, { verdict }) => sum + verdict.durationMs, 0);
  return {
    tests: cases.length,
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
    time: (ms / 1000).toFixed(3),
  };
}

function suite(ledger: Ledger, bench: string, cases: readonly CaseLedger[]): XmlElement {
  const { run } = ledger;
  const standing = standingIn(ledger);
  const facts = {
    run: run.run,
    profile: run.profile,
    seed: run.seed,
    planHash: run.planHash,
    tool: run.tool.version,
    about: aboutOf(ledger).text,
    notCompliance,
    qualification: standing && standingText(standing),
  };
  return element(
    'testsuite',
    { name: bench, timestamp: run.at.replace(/\.\d+Z$/, ''), ...totals(cases) },
    properties(Object.entries(facts)),
    ...cases.map(testcase),
  );
}

function testcase(one: CaseLedger): XmlElement {
  const { planned, verdict } = one;
  const facts = caseFacts(one);
  return element(
    'testcase',
    { name: planned.case, classname: planned.scenario, time: (verdict.durationMs / 1000).toFixed(3) },
    properties([
      ...planned.requirements.map((id) => ['requirement', id] as const),
      ['verdict', verdict.verdict],
      ['kind', one.kind],
      ['seed', one.started?.seed],
      ['oldImage', facts.oldImage?.digest],
      ['newImage', facts.newImage?.digest],
      ['lossModel', facts.lossModels.join(', ')],
      ['phase', phasesOf(facts)],
      ['running', facts.running],
      ['reproduce', verdict.reproduce],
      ...one.attachments.map(({ name, path, sha256 }) => ['attachment', `${name}: ${path} sha256:${sha256}`] as const),
    ]),
    result(one),
    one.findings.length === 0 ? undefined : element('system-out', {}, findingText(one)),
  );
}

function result(one: CaseLedger): XmlElement | undefined {
  const outcome = outcomeOf(one);
  const { verdict } = one;
  if (outcome === 'passed') return undefined;
  const message = oneLine(`${verdict.verdict}: ${verdict.reason}`, 1000);
  if (outcome === 'skipped') return element('skipped', { message });
  const text = [verdict.reason, ...verdict.findingCodes.map((code) => `finding: ${code}`), verdict.reproduce];
  return element(outcome, { message, type: verdict.code ?? verdict.verdict }, text.filter(Boolean).join('\n'));
}

function properties(pairs: readonly (readonly [string, string | number | undefined])[]): XmlElement | undefined {
  const known = pairs.filter(([, value]) => value !== undefined && value !== '');
  if (known.length === 0) return undefined;
  return element('properties', {}, ...known.map(([name, value]) => element('property', { name, value })));
}

const shownFindings = 200;

function findingText({ findings }: CaseLedger): string {
  const lines = findings
    .slice(0, shownFindings)
    .map(({ severity, code, oracle, message }) => `${severity} ${code} (oracle ${oracle}): ${cutAt(message, 1000)}`);
  const rest = findings.length - lines.length;
  return [...lines, ...(rest > 0 ? [`${rest} more in the record`] : [])].join('\n');
}
