import type { NoteData } from '../../harness/record/note.ts';
import { duration } from '../case-facts.ts';
import { oneLine } from '../printable.ts';
import { amount } from './amount.ts';
import type { Html } from './template.ts';
import { html } from './template.ts';

type Exploration = NoteData<'exploration'>;
type OutcomeClass = Exploration['classes'][number];

const width = 1000;
const columnsShown = 500;
const flushesShown = 2000;
const classesShown = 50;
/** Heights in the picture: phases, columns above and below the line, flushes. */
const rows = { phases: 18, columns: 150, failing: 40, flushes: 14 } as const;

/** What an exploration found: how much, the map of the update, and each class of outcomes. */
export function crashMap(found: Exploration): Html {
  const failing = found.classes.filter(({ sound }) => !sound).reduce((all, { states }) => all + states, 0);
  return html`<h4>Crash states</h4>
    <p>
      <strong>${amount(found.enumerated, 'crash state')}, ${failing} that are neither old nor new, whole.</strong>
      Bound: ${found.bound}, log entries ${found.range[0]} to
      ${found.range[1]}${dropped(found)}.${found.finished ? '' : ' Ended early: not all states within the bound were judged.'}
    </p>
    <p class="soft small">
      ${found.unique} judged anew; not judged anew ${words(found.pruned)}. Of these, ${found.checked} were judged in
      full all the same, ${found.disagreements} came out otherwise. By kind:
      ${Object.entries(found.kinds)
        .map(([kind, { enumerated }]) => `${kind} ${enumerated}`)
        .join(', ')}.
      By phase: ${words(found.phases)}. ${duration(found.wallMs)} with ${found.workers} threads, of their time
      ${duration(found.judgedMs)} for judging and ${duration(found.checkedMs)} for the full judgements.
    </p>
    ${picture(found)}
    <table>
      <thead>
        <tr>
          <th>Outcome</th>
          <th class="num">States</th>
          <th>Booted</th>
          <th>Smallest state</th>
        </tr>
      </thead>
      <tbody>
        ${found.classes.slice(0, classesShown).map(classRow)}
      </tbody>
    </table>`;
}

/** The bounds `flush` and `prefix` lose nothing out of order. */
function dropped({ kinds, dense: [from, to] }: Exploration): string {
  if (Object.keys(kinds).every((kind) => kind === 'flush' || kind === 'prefix')) return '';
  return `, writes dropped at every position from ${from} to ${to} and at each flush elsewhere`;
}

function classRow(one: OutcomeClass): Html {
  const match = one.booted && (one.booted.boots === one.boots ? 'as predicted' : 'NOT as predicted');
  return html`<tr>
    <td>
      <span class="verdict ${one.sound ? 'passed' : 'failed'}">${oneLine(one.name, 300)}</span>
      <ul class="plain small soft">
        <li>${words(one.phases)}</li>
        ${one.findings.slice(0, 10).map(({ oracle, message }) => html`<li>oracle ${oracle}: ${oneLine(message, 400)}</li>`)}
        ${one.lost.slice(0, 10).map(({ entry, what }) => html`<li>lost: entry ${entry}, ${oneLine(what, 300)}</li>`)}
        ${one.last ? html`<li>landed: entry ${one.last.entry}, ${oneLine(one.last.what, 300)}</li>` : undefined}
      </ul>
    </td>
    <td class="num">${one.states}</td>
    <td>
      ${one.booted ? `${[one.booted.boots, one.booted.then && `then ${one.booted.then}`, match].filter(Boolean).join(', ')}` : 'not booted'}
    </td>
    <td><code>${oneLine(one.state, 200)}</code></td>
  </tr>`;
}

/** Time along the axis, as log entries: phases, states by outcome (a root scale, so that few are seen beside many), flushes. */
function picture({ range, windows, map, flushes, commit }: Exploration): Html {
  const [from, to] = range;
  const x = (entry: number): string => ((width * (entry - from)) / Math.max(1, to - from)).toFixed(1);
  const most = Math.max(1, ...map.map(([, , old, fresh]) => old + fresh));
  const mostFailing = Math.max(1, ...map.map(([, , , , failing]) => failing));
  const scaled = (count: number, of: number, height: number): number =>
    count === 0 ? 0 : Math.max(1.5, height * Math.sqrt(count / of));
  const floor = rows.phases + rows.columns;
  const bottom = floor + rows.failing;
  const column = ([a, b, old, fresh, failing]: Exploration['map'][number]): Html => {
    const span = Math.max(0.8, Number(x(b)) - Number(x(a)) - 0.3).toFixed(1);
    const whole = scaled(old + fresh, most, rows.columns);
    const part = old + fresh === 0 ? 0 : (whole * old) / (old + fresh);
    const bad = scaled(failing, mostFailing, rows.failing);
    const bar = (name: string, y: number, height: number): Html | undefined =>
      height === 0
        ? undefined
        : html`<rect class="${name}" x="${x(a)}" y="${y.toFixed(1)}" width="${span}" height="${height.toFixed(1)}" />`;
    return html`${bar('old', floor - part, part)}${bar('new', floor - whole, whole - part)}${bar('failing', floor, bad)}`;
  };
  return html`<div class="map">
    <svg viewBox="0 0 ${width} ${bottom + rows.flushes}" role="img" aria-label="crash states along the log, by outcome">
      ${windows
        .slice(0, 100)
        .map(
          ({ phase, from: a, to: b }) =>
            html`<rect
                class="band"
                x="${x(a)}"
                y="0"
                width="${Math.max(0, Number(x(b)) - Number(x(a))).toFixed(1)}"
                height="${rows.phases}"
              />
              <text x="${(Number(x(a)) + 2).toFixed(1)}" y="13"
                >${Number(x(b)) - Number(x(a)) > 30 ? oneLine(phase, 20) : ''}</text
              >`,
        )}
      ${map.slice(0, columnsShown).map(column)}
      ${flushes
        .slice(0, flushesShown)
        .map(
          (at) =>
            html`<line class="flush" x1="${x(at)}" x2="${x(at)}" y1="${bottom + 4}" y2="${bottom + rows.flushes}" />`,
        )}
      ${commit ? html`<line class="commit" x1="${x(commit.issued)}" x2="${x(commit.issued)}" y1="0" y2="${bottom}" />` : undefined}
    </svg>
    <p class="soft small">
      Along the axis: entries of the block log. Above the line: states that boot the old (blue) or the new system
      (green); below it, red: neither. Dashes: the write that commits the update. Ticks at the bottom: flushes. Heights
      grow with the square root.
    </p>
  </div>`;
}

const words = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
