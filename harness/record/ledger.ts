import type { Finding } from '../judge/finding.ts';
import type { EventOf, PlannedCase, RecordEvent, VerdictKind } from './event.ts';
import { verdictKind } from './event.ts';
import { planHash } from './plan-hash.ts';

export interface CaseVerdict extends Omit<EventOf<'verdict'>, 'event' | 'seq' | 'prev'> {
  /** False: the record holds none, and this one says so. */
  readonly recorded: boolean;
}

export interface CaseLedger {
  readonly planned: PlannedCase;
  readonly kind: 'positive' | 'negative';
  /** Absent: the case never began. */
  readonly started: EventOf<'case-started'> | undefined;
  readonly steps: readonly EventOf<'step'>[];
  readonly notes: readonly EventOf<'note'>[];
  readonly attachments: readonly EventOf<'attachment'>[];
  readonly judged: readonly EventOf<'judged'>[];
  /** Of all transitions, in order. */
  readonly findings: readonly Finding[];
  /** Always there. */
  readonly verdict: CaseVerdict;
}

type Counts = Readonly<Record<VerdictKind, number>>;

/** A record as one value: a fold over its events, without any other input. */
export interface Ledger {
  readonly run: EventOf<'planned'>;
  /** In the order of the plan; exactly the planned cases. */
  readonly cases: readonly CaseLedger[];
  /** Case ids without a verdict in the record. They still have one in `cases`. */
  readonly missing: readonly string[];
  readonly counts: Counts;
  readonly countsByKind: { readonly positive: Counts; readonly negative: Counts };
  /** Absent: the harness was ended from outside. */
  readonly ended: EventOf<'run-ended'> | undefined;
  /** `at` of the last event. */
  readonly lastAt: string;
  /** What a sound writer never writes: a second verdict, an event of an unplanned case or after the end, a plan that does not hash to its hash. */
  readonly problems: readonly string[];
}

interface Building {
  planned: PlannedCase;
  started: EventOf<'case-started'> | undefined;
  steps: EventOf<'step'>[];
  notes: EventOf<'note'>[];
  attachments: EventOf<'attachment'>[];
  judged: EventOf<'judged'>[];
  verdict: CaseVerdict | undefined;
  lastAt: string;
}

/** Events in, one at a time and in order; `ledger()` at any moment, so that progress and the final report are the same computation. */
export class LedgerFold {
  #run: EventOf<'planned'> | undefined;
  readonly #cases = new Map<string, Building>();
  readonly #problems: string[] = [];
  #ended: EventOf<'run-ended'> | undefined;
  #lastAt = '';

  add(event: RecordEvent): void {
    this.#lastAt = event.at;
    if (this.#ended) this.#problem(`event after the end of the run: ${event.event}`);
    if (event.event === 'planned') return this.#plan(event);
    if (event.event === 'run-ended') {
      this.#ended ??= event;
      return;
    }
    const building = this.#cases.get(event.case);
    if (!building) return this.#problem(`${event.event} of a case that was not planned: ${event.case}`);
    building.lastAt = event.at;
    if (event.event === 'case-started') building.started ??= event;
    else if (event.event === 'step') building.steps.push(event);
    else if (event.event === 'note') building.notes.push(event);
    else if (event.event === 'attachment') building.attachments.push(event);
    else if (event.event === 'judged') building.judged.push(event);
    else if (building.verdict)
      this.#problem(`second verdict (${event.verdict}) of ${event.case}: the first one stands`);
    else building.verdict = { ...event, recorded: true };
  }

  /** @throws RangeError before the plan was added. */
  ledger(): Ledger {
    if (!this.#run) throw new RangeError('No plan in these events');
    const ended = this.#ended;
    const cases = [...this.#cases.values()].map((building) => finish(building, ended !== undefined));
    const countOf = (some: readonly CaseLedger[]) => count(some.map(({ verdict }) => verdict.verdict));
    return {
      run: this.#run,
      cases,
      missing: cases.filter(({ verdict }) => !verdict.recorded).map(({ planned }) => planned.case),
      counts: countOf(cases),
      countsByKind: {
        positive: countOf(cases.filter(({ kind }) => kind === 'positive')),
        negative: countOf(cases.filter(({ kind }) => kind === 'negative')),
      },
      ended,
      lastAt: this.#lastAt,
      problems: [...this.#problems],
    };
  }

  #plan(event: EventOf<'planned'>): void {
    if (this.#run) return this.#problem('second plan: the first one stands');
    this.#run = event;
    if (planHash(event.cases) !== event.planHash) this.#problem('the planned cases do not hash to planHash');
    for (const planned of event.cases) {
      if (this.#cases.has(planned.case)) this.#problem(`planned twice: ${planned.case}`);
      this.#cases.set(planned.case, {
        planned,
        started: undefined,
        steps: [],
        notes: [],
        attachments: [],
        judged: [],
        verdict: undefined,
        lastAt: event.at,
      });
    }
  }

  #problem(text: string): void {
    if (this.#problems.length < 100) this.#problems.push(text);
  }
}

/** The ledger of events that are all there. @throws RangeError when the plan is not among them. */
export function ledgerOf(events: Iterable<RecordEvent>): Ledger {
  const fold = new LedgerFold();
  for (const event of events) fold.add(event);
  return fold.ledger();
}

/** Zero for every verdict that is not there. */
function count(verdicts: readonly VerdictKind[]): Counts {
  const counts = Object.fromEntries(verdictKind.options.map((kind) => [kind, 0])) as Record<VerdictKind, number>;
  for (const verdict of verdicts) counts[verdict] += 1;
  return counts;
}

function finish({ lastAt, ...building }: Building, runEnded: boolean): CaseLedger {
  return {
    ...building,
    kind: building.planned.negative ? 'negative' : 'positive',
    findings: building.judged.flatMap(({ findings }) => findings),
    verdict: building.verdict ?? absent(building, lastAt, runEnded),
  };
}

/** A planned case always has a verdict: one that began and was cut off is aborted, one that never began was not run. */
function absent(building: Omit<Building, 'lastAt'>, lastAt: string, runEnded: boolean): CaseVerdict {
  const { planned, started } = building;
  const aborted = started !== undefined && !runEnded;
  const why = runEnded ? 'the run ended without giving one' : 'harness ended early';
  return {
    recorded: false,
    case: planned.case,
    at: lastAt,
    verdict: aborted ? 'aborted' : 'not-run',
    reason: `no verdict in the record (${why})`,
    blame: 'harness',
    code: 'no-verdict',
    findingCodes: [],
    durationMs: started ? Math.max(0, Date.parse(lastAt) - Date.parse(started.at)) : 0,
    reproduce: '',
  };
}
