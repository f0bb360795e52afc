import type { EventOf } from '../../harness/record/event.ts';
import { duration } from '../case-facts.ts';
import { oneLine } from '../printable.ts';
import type { Html } from './template.ts';
import { html } from './template.ts';

const shown = 200;

export function stepTable(steps: readonly EventOf<'step'>[]): Html | undefined {
  if (steps.length === 0) return undefined;
  const longestMs = Math.max(...steps.map(({ durationMs }) => durationMs), 1);
  const rest = steps.length - shown;
  return html`<h4>Steps</h4>
    <table class="steps">
      <tbody>
        ${steps.slice(0, shown).map(
          (step) =>
            html`<tr>
              <td>
                ${oneLine(step.name, 120)}
                ${step.status === 'passed' ? undefined : html`<span class="verdict ${step.status}">${step.status}</span>`}
              </td>
              <td class="bar">
                <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                  <rect width="${Math.max(0.5, (100 * step.durationMs) / longestMs).toFixed(1)}" height="10" />
                </svg>
              </td>
              <td class="num">${duration(step.durationMs)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    ${rest > 0 ? html`<p class="soft">${rest} more in the record.</p>` : undefined}`;
}
