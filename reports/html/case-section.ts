import type { EventOf } from '../../harness/record/event.ts';
import type { CaseLedger } from '../../harness/record/ledger.ts';
import { codeSets, codeSetsText } from '../../harness/record/negative-codes.ts';
import type { NoteData } from '../../harness/record/note.ts';
import { caseFacts, duration, phasesOf } from '../case-facts.ts';
import { oneLine } from '../printable.ts';
import { anchorOf } from './case-table.ts';
import { crashMap } from './crash-map.ts';
import { fileList } from './file-list.ts';
import { findingList } from './finding-list.ts';
import { stepTable } from './step-table.ts';
import type { Html, HtmlValue } from './template.ts';
import { html } from './template.ts';
import type { StoredFile } from './transcript.ts';
import { updateCost } from './update-cost.ts';

/** Notes of a kind; a case of the nightly has a few, a runaway one must not make the page unreadable. */
const shown = 50;

/** Everything about one case; open on the screen when it did not pass, and always on paper. */
export function caseSection(one: CaseLedger, index: number, files: readonly StoredFile[]): Html {
  const { planned, verdict } = one;
  const open = verdict.verdict === 'failed' || verdict.verdict === 'broken';
  return html`<details class="case card ${verdict.verdict}" ${open ? html`open` : undefined}>
    <summary>
      <h3>${planned.case}</h3>
      <span class="verdict">${verdict.verdict}</span>
      <span class="title">${oneLine(planned.title)}</span>
    </summary>
    <div class="body" id="${anchorOf(index)}">
      ${verdict.reason === '' ? undefined : html`<p class="reason">${oneLine(verdict.reason, 1000)}</p>`}
      <dl>${facts(one)}</dl>
      ${caseFacts(one).explorations.map(crashMap)} ${findingList(one)} ${stepTable(one.steps)} ${fileList(files)}
      ${plainNotes(caseFacts(one).otherNotes)} ${reproduce(verdict.reproduce)}
    </div>
  </details>`;
}

function facts(one: CaseLedger): Html[] {
  const { planned, verdict, started } = one;
  const known = caseFacts(one);
  const { tracker, expires } = verdict.knownIssue ?? {};
  return [
    line('Requirements', planned.requirements.join(', ')),
    line('Bench', planned.bench),
    line('Needs', planned.needs.join(', ')),
    line('Time', duration(verdict.durationMs)),
    line('Seed', started === undefined ? '' : String(started.seed)),
    line('Blame', [verdict.blame, verdict.code].filter((word) => word !== undefined).join(', ')),
    line('Known issue', tracker === undefined ? '' : html`${trackerLink(tracker)}, until ${expires}`),
    line(
      'Must be caught',
      planned.negative
        ? `as ${planned.negative.verdict}, with exactly: ${codeSetsText(codeSets(planned.negative)) || 'no finding'}`
        : '',
    ),
    line('Old image', known.oldImage ? image(known.oldImage) : ''),
    line('New image', known.newImage ? image(known.newImage) : ''),
    ...known.transitions.slice(0, shown).map(transition),
    line('Phase asked → hit', phasesOf(known)),
    ...known.receipts.slice(0, shown).map(receipt),
    ...known.phaseTimes.slice(0, shown).map(({ phasesMs }) =>
      line(
        'Phase times',
        Object.entries(phasesMs)
          .map(([phase, ms]) => `${phase} ${duration(ms)}`)
          .join(', '),
      ),
    ),
    ...updateCost(known)
      .slice(0, shown)
      .map(([term, text]) => line(term, oneLine(text, 1000))),
  ].flatMap((part) => part ?? []);
}

function line(term: string, value: HtmlValue): Html | undefined {
  return value === '' || value === undefined
    ? undefined
    : html`<dt>${term}</dt>
        <dd>${value}</dd>`;
}

const image = ({ name, digest }: { name: string; digest: string }) =>
  html`${oneLine(name)} <code class="soft">${oneLine(digest)}</code>`;

function transition(data: NoteData<'transition'>): Html | undefined {
  const { fault, expected, running } = data;
  const what = `${data.kind} ${data.from.name} → ${data.to.name}`;
  const hit = fault
    ? `${fault.kind} at ${fault.phaseHit ?? 'no proven phase'} (${fault.position ?? 'position unknown'})`
    : '';
  const allowed = expected ? `expected ${expected.images.join(' or ')}` : '';
  const because = expected && expected.reason !== '' ? ` (${expected.reason})` : '';
  const found = running === undefined ? '' : `running: ${running}`;
  return line('Transition', [what, hit, allowed + because, found].filter((part) => part !== '').join('; '));
}

function receipt(data: NoteData<'receipt'>): Html | undefined {
  const { log } = data;
  return line(
    data.kind === 'cut' ? 'Receipt of the cut' : `Receipt (${data.kind})`,
    html`${data.lossModel}, ${data.at}, ${data.latencyMs.toFixed(1)} ms after the
      command${data.offMs === undefined ? '' : `, then ${data.offMs} ms without power`}
      <ul class="plain small soft">
        ${data.proof.slice(0, 20).map((fact) => html`<li>${oneLine(fact)}</li>`)}
        ${
          log
            ? html`<li>
                block log entry ${log.entry} in ${log.phase} (flush ${log.flushInPhase} of the phase), last flush
                ${log.lastFlush}, seed ${log.seed}, base ${log.base.slice(0, 12)}, dropped ${dropped(log.dropped)}
              </li>`
            : undefined
        }
      </ul>`,
  );
}

function dropped(writes: readonly (readonly [number, number])[]): string {
  if (writes.length === 0) return 'no write';
  const shown = writes.slice(0, 12).map(([sector, sectors]) => `${sector}+${sectors}`);
  const rest = writes.length - shown.length;
  return `${writes.length} writes (sector+sectors: ${shown.join(', ')}${rest > 0 ? `, ${rest} more in the record` : ''})`;
}

function plainNotes(notes: readonly EventOf<'note'>[]): Html {
  const rest = notes.length - shown;
  return html`${notes.slice(0, shown).map(plainNote)}
  ${rest > 0 ? html`<p class="soft">${rest} more notes in the record.</p>` : undefined}`;
}

function plainNote(note: EventOf<'note'>): Html {
  return html`<h4>${oneLine(note.kind, 60)}</h4>
    <pre>${JSON.stringify(note.data, null, 1).slice(0, 2000)}</pre>`;
}

function reproduce(command: string): Html | undefined {
  if (command === '') return undefined;
  return html`<h4>Reproduce</h4>
    <pre class="command">${oneLine(command, 2000)}</pre>`;
}

function trackerLink(tracker: string): Html {
  return /^https:\/\/[^\s]+$/.test(tracker)
    ? html`<a href="${tracker}" rel="noreferrer noopener">${oneLine(tracker)}</a>`
    : html`${oneLine(tracker)}`;
}
