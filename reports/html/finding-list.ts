import type { CaseLedger } from '../../harness/record/ledger.ts';
import { cutAt, oneLine } from '../printable.ts';
import type { Html } from './template.ts';
import { html } from './template.ts';

const shown = 100;

/** Violations first. A page holds the first hundred; the record holds all, and the page says how many. */
export function findingList(one: CaseLedger): Html | undefined {
  const all = one.judged.flatMap(({ transition, findings }) => findings.map((finding) => ({ transition, ...finding })));
  if (one.judged.length === 0) return undefined;
  const sorted = [
    ...all.filter(({ severity }) => severity === 'violation'),
    ...all.filter(({ severity }) => severity === 'note'),
  ];
  const rest = sorted.length - shown;
  return html`<h4>Findings</h4>
    ${
      all.length === 0
        ? html`<p>None in ${transitionNames(one)}: all oracles looked.</p>`
        : sorted.slice(0, shown).map(findingItem)
    }
    ${rest > 0 ? html`<p class="soft">${rest} more in the record.</p>` : undefined}`;
}

function findingItem(finding: { transition: string } & CaseLedger['findings'][number]): Html {
  const details = Object.keys(finding.details).length === 0 ? '' : JSON.stringify(finding.details, null, 1);
  return html`<div class="finding ${finding.severity}">
    <p class="small soft">
      <span class="${finding.severity}-word">${finding.severity}</span> <code>${oneLine(finding.code, 80)}</code>,
      oracle ${finding.oracle}, ${finding.view} view, ${oneLine(finding.transition, 120)}
    </p>
    <p>${oneLine(finding.message, 1000)}</p>
    ${details === '' ? undefined : html`<pre>${details.length > 2000 ? `${cutAt(details, 2000)}…` : details}</pre>`}
  </div>`;
}

function transitionNames({ judged }: CaseLedger): string {
  const names = judged.slice(0, 10).map(({ transition }) => oneLine(transition, 80));
  return [...names, ...(judged.length > 10 ? [`${judged.length - 10} more`] : [])].join(', ');
}
