import { coverageOf } from '../../harness/record/coverage.ts';
import type { Ledger } from '../../harness/record/ledger.ts';
import { oneLine } from '../printable.ts';
import { amount } from './amount.ts';
import type { Html } from './template.ts';
import { html } from './template.ts';

/** What "0 failures" rests on: faults by the phase that they hit, and what was asked for in vain. */
export function coverageTable(ledger: Ledger): Html {
  const { rows, undisturbed, notApplicable, silent } = coverageOf(ledger);
  return html`<section>
    <h2>Faults and phases reached</h2>
    <p class="soft">
      ${amount(undisturbed, 'transition')} without a fault; ${amount(notApplicable, 'case')} not applicable, ${silent}
      not run, aborted or broken. Negatives are not counted here.
    </p>
    ${
      rows.length === 0
        ? html`<p>No fault took place, and none was asked for.</p>`
        : html`<div class="card">
            <table>
              <thead>
                <tr>
                  <th>Fault</th>
                  <th>Phase</th>
                  <th class="num">Reached</th>
                  <th class="num">Hit another phase</th>
                  <th class="num">Not reached</th>
                  <th>Loss model</th>
                </tr>
              </thead>
              <tbody>
                ${rows.map(
                  (row) =>
                    html`<tr>
                      <td>${oneLine(row.fault, 80)}</td>
                      <td>${oneLine(row.phase, 80)}</td>
                      <td class="num">${row.reached}</td>
                      <td class="num">${row.elsewhere}</td>
                      <td class="num">${row.notReached}</td>
                      <td>${oneLine(row.lossModels.join(', '))}</td>
                    </tr>`,
                )}
              </tbody>
            </table>
          </div>`
    }
  </section>`;
}
