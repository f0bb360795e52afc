import { notCompliance } from '../harness/record/about.ts';
import type { MutantResult, Qualification } from '../harness/record/qualification.ts';
import { page } from './html/page.ts';
import { html, type Html } from './html/template.ts';
import { oneLine } from './printable.ts';

/** The verdict words whose colours the outcomes borrow. */
const tones: Readonly<Record<MutantResult['outcome'], string>> = {
  killed: 'passed',
  survived: 'failed',
  'wrong-reason': 'failed',
  'not-applicable': 'not-applicable',
  'not-run': 'not-run',
};

/** The kill table as one page, under the same policy as a report: no script, nothing fetched. */
export function qualificationReport(result: Qualification): string {
  const { mutants, claims, knownAnomalies, gaps, configuration, tool } = result;
  const count = (outcome: MutantResult['outcome']) => mutants.filter((mutant) => mutant.outcome === outcome).length;
  const alive = mutants.filter(({ outcome }) => outcome === 'survived' || outcome === 'wrong-reason');
  const list = (items: readonly string[], none: string) =>
    items.length === 0
      ? html`<p>${none}</p>`
      : html`<ul>
          ${items.map((item) => html`<li>${oneLine(item, 600)}</li>`)}
        </ul>`;
  return page(
    'qualification',
    html`<header>
        <p class="kicker">bootproof ${oneLine(tool.version, 40)}, commit ${oneLine(tool.commit, 80)}, qualification</p>
        <h1>
          ${count('killed')} of ${mutants.length - count('not-run') - count('not-applicable')} mutants killed,
          ${count('not-run')} not run, ${count('not-applicable')} not applicable
        </h1>
        <p>
          Each mutant is a device, an oracle, an adapter or an image that is broken in one place. It is killed when
          exactly what was expected is found, and nothing else.
        </p>
        <p class="soft">${notCompliance}</p>
      </header>
      <section>
        <h2>Survivors</h2>
        ${list(
          alive.map(({ id, found }) => `${id}: found ${found.join(', ') || 'nothing'}`),
          'None.',
        )}
      </section>
      <section>
        <h2>What is claimed</h2>
        ${list(claims, 'Nothing.')}
      </section>
      <section>
        <h2>Known anomalies</h2>
        ${list(knownAnomalies, 'None known.')}
      </section>
      <section>
        <h2>Where mutants are missing</h2>
        ${list(gaps, 'Nowhere.')}
      </section>
      <section>
        <h2>Configuration</h2>
        <dl class="card">
          ${Object.entries({ ...configuration, oracles: tool.oracles }).map(
            ([name, value]) =>
              html`<dt>${oneLine(name, 60)}</dt>
                <dd>${oneLine(value, 200)}</dd>`,
          )}
        </dl>
      </section>
      <section>
        <h2>Kill table</h2>
        <div class="card">
          <table>
            <thead>
              <tr>
                <th>Mutant</th>
                <th>Outcome</th>
                <th>Expected</th>
                <th>Found</th>
              </tr>
            </thead>
            <tbody>
              ${mutants.map(row)}
            </tbody>
          </table>
        </div>
      </section>`,
  );
}

function row({ id, what, caughtBy, outcome, expected, found, reason }: MutantResult): Html {
  return html`<tr class="${tones[outcome]}">
    <td>
      <code>${oneLine(id, 160)}</code><br /><span class="soft small"
        >${oneLine(what, 200)}, by ${oneLine(caughtBy, 80)}</span
      >
    </td>
    <td><span class="verdict">${outcome}</span></td>
    <td>${oneLine(expected.join(', '), 300)}</td>
    <td>${oneLine(found.join(', ') || reason, 300)}</td>
  </tr>`;
}
