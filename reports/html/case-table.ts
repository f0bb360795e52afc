import type { CaseLedger } from '../../harness/record/ledger.ts';
import { caseFacts, duration, phasesOf } from '../case-facts.ts';
import { oneLine } from '../printable.ts';
import type { Html } from './template.ts';
import { html } from './template.ts';

/** `case-3`: made here, never from an id in the record. */
export const anchorOf = (index: number) => `case-${index + 1}`;

export function caseTable(cases: readonly CaseLedger[]): Html {
  return html`<section>
    <h2>Cases</h2>
    <div class="card cases">
      <table>
        <thead>
          <tr>
            <th>Case</th>
            <th>Verdict</th>
            <th class="num">Time</th>
            <th>Loss model</th>
            <th>Phase asked → hit</th>
            <th>Running after</th>
          </tr>
        </thead>
        <tbody>
          ${cases.map(row)}
        </tbody>
      </table>
    </div>
  </section>`;
}

function row(one: CaseLedger, index: number): Html {
  const facts = caseFacts(one);
  const { verdict } = one.verdict;
  return html`<tr class="${verdict}">
    <td>
      <a href="#${anchorOf(index)}">${one.planned.case}</a
      ><span class="title"
        >${one.kind === 'negative' ? html`<em>negative:</em> ` : undefined}${oneLine(one.planned.title)}</span
      >
    </td>
    <td data-label="Verdict"><span class="verdict">${verdict}</span></td>
    <td class="num" data-label="Time">${duration(one.verdict.durationMs)}</td>
    ${cell('Loss model', facts.lossModels.join(', '))} ${cell('Phase asked → hit', phasesOf(facts))}
    ${cell('Running after', facts.running ?? '')}
  </tr>`;
}

function cell(label: string, text: string): Html {
  return text === '' ? html`<td class="empty soft">–</td>` : html`<td data-label="${label}">${oneLine(text)}</td>`;
}

/** Each requirement with the cases that speak for or against it: negatives judge the harness and are left out. */
export function requirementTable(cases: readonly CaseLedger[]): Html {
  const byRequirement = new Map<string, number[]>();
  for (const [index, one] of cases.entries()) {
    if (one.kind === 'negative') continue;
    for (const id of one.planned.requirements) byRequirement.set(id, [...(byRequirement.get(id) ?? []), index]);
  }
  const rows = [...byRequirement].sort(([a], [b]) => (a < b ? -1 : 1));
  if (rows.length === 0) return html``;
  return html`<section>
    <h2>Requirements</h2>
    <div class="card">
      <table>
        <thead>
          <tr>
            <th>Requirement</th>
            <th>Cases</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ([id, indexes]) =>
              html`<tr>
                <td class="mono">${oneLine(id)}</td>
                <td>
                  <ul class="plain">
                    ${indexes.map((index) => requirementCase(cases, index))}
                  </ul>
                </td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

function requirementCase(cases: readonly CaseLedger[], index: number): Html | undefined {
  const one = cases[index];
  if (!one) return undefined;
  return html`<li>
    <span class="verdict ${one.verdict.verdict}">${one.verdict.verdict}</span>
    <a href="#${anchorOf(index)}">${one.planned.case}</a>
  </li>`;
}
