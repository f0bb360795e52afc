import type { VerdictKind } from '../../harness/record/event.ts';
import { aboutOf, notCompliance } from '../../harness/record/about.ts';
import { exitCodeOf } from '../../harness/record/exit-code.ts';
import { standingIn, standingText, standingWarning } from '../../harness/record/qualification-standing.ts';
import type { RunRecord } from '../../harness/record/run-record.ts';
import { caseFacts, duration, imagesOf, share } from '../case-facts.ts';
import { oneLine } from '../printable.ts';
import { amount } from './amount.ts';
import type { Html } from './template.ts';
import { html } from './template.ts';

/** Not applicable first: it is the share of the plan that this page can say nothing about. */
const order: readonly VerdictKind[] = [
  'not-applicable',
  'passed',
  'failed',
  'broken',
  'known-issue',
  'aborted',
  'not-run',
];

export function overview(run: RunRecord): Html {
  const { ledger } = run;
  const total = ledger.cases.length;
  return html`<header>
      <p class="kicker">
        bootproof ${oneLine(ledger.run.tool.version, 40)}, profile ${oneLine(ledger.run.profile, 80)}, run
        ${oneLine(ledger.run.run, 80)}
      </p>
      <h1>${headline(run)}</h1>
      ${alarms(run).map((text) => html`<div class="card alarm"><p>${text}</p></div>`)}
      <ul class="counts">
        ${order.map((kind) => {
          const n = ledger.counts[kind];
          return html`<li class="${n === 0 ? 'none' : kind}">
            <b>${n}</b><span>${kind}${kind === 'not-applicable' ? `, ${share(n, total)} of the plan` : ''}</span>
          </li>`;
        })}
      </ul>
      <p class="small soft">${kinds(run)}</p>
    </header>
    ${evidence(run)}`;
}

function headline({ ledger }: RunRecord): string {
  const exit = exitCodeOf(ledger);
  const { length } = ledger.cases;
  if (exit.code === 0) return length === 1 ? 'The case ended as it must' : `All ${length} cases ended as they must`;
  const { failed, broken, aborted } = ledger.counts;
  const parts = [`${failed} failed`, `${broken} broken`, `${aborted} aborted`, `${ledger.counts['not-run']} not run`];
  const seen = parts.filter((part) => !part.startsWith('0 '));
  return seen.length > 0 ? `${seen.join(', ')}, of ${amount(length, 'case')}` : `Not passed: ${exit.reason}`;
}

function alarms({ ledger, truncated }: RunRecord): string[] {
  const alarm: string[] = [];
  if (!ledger.ended)
    alarm.push(
      `The harness ended early: the record has no end of the run${truncated ? `, and its line ${truncated.atLine} is cut off after ${truncated.bytes} bytes` : ''}. What stands before is whole.`,
    );
  if (ledger.missing.length > 0)
    alarm.push(
      `No verdict in the record: ${ledger.missing.length} of ${ledger.cases.length} planned cases, shown as aborted or not run, never as passed.`,
    );
  return [...alarm, ...ledger.problems.slice(0, 10).map((problem) => `The record is not sound: ${oneLine(problem)}`)];
}

function kinds({ ledger }: RunRecord): string {
  const { positive, negative } = ledger.countsByKind;
  const planned = (kind: 'positive' | 'negative') => ledger.cases.filter((one) => one.kind === kind).length;
  const positives = planned('positive');
  const judged = `${amount(positives, 'case')} ${positives === 1 ? 'judges' : 'judge'} the device (${positive.passed} passed)`;
  if (planned('negative') === 0) return `${judged}. No negative was run: nothing here shows that the harness can fail.`;
  return `${judged}; ${planned('negative')} broken on purpose, to be caught (${negative.passed} caught).`;
}

function evidence({ ledger }: RunRecord): Html {
  const images = imagesOf(ledger).map(({ name }) => name);
  const warning = standingWarning(standingIn(ledger));
  const models = [...new Set(ledger.cases.flatMap((one) => caseFacts(one).lossModels))];
  const states = ledger.cases
    .flatMap((one) => caseFacts(one).explorations)
    .reduce((all, { enumerated }) => all + enumerated, 0);
  const rebuilt = states === 0 ? '' : `, and in ${states} states of a recorded disk, of which some were booted`;
  const silent =
    ledger.counts['not-applicable'] + ledger.counts['not-run'] + ledger.counts.aborted + ledger.counts.broken;
  return html`<section>
    <h2>What this is evidence of</h2>
    <p><strong>${oneLine(aboutOf(ledger).text)}</strong> ${notCompliance}</p>
    ${warning === undefined ? '' : html`<p><strong>${oneLine(warning, 600)}</strong> No verdict depends on it.</p>`}
    <p>
      How the images ${oneLine(images.join(', ')) || '(none named)'} behaved on
      ${oneLine(Object.keys(ledger.run.benches).join(', ')) || '(no bench named)'} when they were updated, interrupted
      and rolled back as the cases below say. Power was lost under
      ${models.length === 0 ? `no loss model${rebuilt === '' ? ': nothing was cut' : ''}` : `the loss model ${oneLine(models.join(', '))}`}${rebuilt}.
      The plan was written and synced to disk before a device was touched, and every planned case has a verdict here.
    </p>
    <p>
      It is no evidence about
      ${silent === 0 ? '' : `${silent === 1 ? 'the one case that was' : `the ${silent} cases that were`} not applicable, not run, aborted or broken, about `}other
      images, other benches, or other ways to lose power.
    </p>
  </section>`;
}

/** What an assessor checks this page against. */
export function identity({ ledger, head, lines }: RunRecord): Html {
  const { run } = ledger;
  const elapsedMs = ledger.ended?.durationMs ?? Math.max(0, Date.parse(ledger.lastAt) - Date.parse(run.at));
  const exit = exitCodeOf(ledger);
  const standing = standingIn(ledger);
  const { qualification, ...host } = run.host;
  return html`<section>
    <h2>Identity of the run</h2>
    <dl class="card">
      <dt>Began, took</dt>
      <dd>${run.at}, ${duration(elapsedMs)}</dd>
      <dt>Exit code</dt>
      <dd>
        ${ledger.ended?.exitCode ?? `none recorded (${exit.code} by rule)`}${exit.reason === '' ? '' : `: ${oneLine(exit.reason)}`}
      </dd>
      <dt>Seed</dt>
      <dd>${run.seed}</dd>
      <dt>Tool</dt>
      <dd>bootproof ${oneLine(run.tool.version, 40)}, commit <code>${oneLine(run.tool.commit, 80)}</code></dd>
      ${imagesOf(ledger).map(
        ({ name, digest, version }) =>
          html`<dt>Image ${oneLine(name, 40)}</dt>
            <dd>
              ${version === undefined ? '' : `${oneLine(version, 80)} `}<code
                >${oneLine(digest ?? 'no digest named', 200)}</code
              >
            </dd>`,
      )}
      ${Object.entries(run.benches).map(
        ([name, bench]) =>
          html`<dt>Bench ${oneLine(name, 40)}</dt>
            <dd class="small">${plain(bench)}</dd>`,
      )}
      <dt>Host</dt>
      <dd class="small">${plain(host)}</dd>
      <dt>Qualification</dt>
      <dd>
        ${standing ? oneLine(standingText(standing), 600) : 'Not in this record.'}
        ${standing?.of ? html`bootproof ${oneLine(standing.of.version, 40)}, commit <code>${oneLine(standing.of.commit, 80)}</code>, sha256 <code>${oneLine(standing.of.sha256, 80)}</code>` : ''}
      </dd>
      <dt>Plan</dt>
      <dd>${amount(ledger.cases.length, 'case')}, sha256 <code>${run.planHash}</code></dd>
      <dt>Record</dt>
      <dd>
        <a href="./record.jsonl">record.jsonl</a>, ${lines} lines, chain intact, last line sha256 <code>${head}</code>
      </dd>
    </dl>
  </section>`;
}

/** `kind: qemu, lossModel: memory+cache`, bounded. */
function plain(value: unknown): string {
  if (typeof value !== 'object' || value === null) return oneLine(String(value), 600);
  const parts = Object.entries(value).map(
    ([key, inner]) => `${key}: ${typeof inner === 'string' ? inner : JSON.stringify(inner)}`,
  );
  return oneLine(parts.join(', '), 600);
}
