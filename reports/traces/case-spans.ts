import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { EventOf } from '../../harness/record/event.ts';
import { countsAsFailed } from '../../harness/record/exit-code.ts';
import type { CaseLedger } from '../../harness/record/ledger.ts';
import { noteOf } from '../../harness/record/note.ts';
import { caseFacts } from '../case-facts.ts';
import { caseEvents } from './case-events.ts';
import type { SpanFacts } from './span.ts';

/** A case, its steps, and the phases of its updates as far as the record says when they began. */
export function caseSpans(
  one: CaseLedger,
  root: ReadableSpan,
  make: (facts: SpanFacts) => ReadableSpan,
): ReadableSpan[] {
  const { planned, started, verdict } = one;
  const facts = caseFacts(one);
  const failed = countsAsFailed(verdict) || verdict.verdict === 'broken';
  const endMs = Date.parse(verdict.at);
  const parent = make({
    name: planned.case,
    key: `case ${planned.case}`,
    parent: root,
    // a case that no bench took has a moment alone
    startMs: started ? Date.parse(started.at) : endMs,
    endMs,
    error: failed ? verdict.reason || verdict.verdict : undefined,
    events: caseEvents(one),
    attributes: {
      'test.case.name': planned.case,
      'test.case.result.status': failed ? 'fail' : verdict.verdict === 'passed' ? 'pass' : undefined,
      'error.type': failed ? (verdict.code ?? verdict.verdict) : undefined,
      'bootproof.scenario': planned.scenario,
      'bootproof.title': planned.title,
      'bootproof.kind': one.kind,
      'bootproof.bench': started?.bench ?? planned.bench,
      'bootproof.seed': started?.seed,
      'bootproof.requirements': planned.requirements,
      'bootproof.verdict': verdict.verdict,
      'bootproof.reason': verdict.reason,
      'bootproof.code': verdict.code,
      'bootproof.blame': verdict.blame,
      'bootproof.finding_codes': verdict.findingCodes,
      'bootproof.known_issue': verdict.knownIssue?.tracker,
      'bootproof.image.from.name': facts.oldImage?.name,
      'bootproof.image.from.digest': facts.oldImage?.digest,
      'bootproof.image.to.name': facts.newImage?.name,
      'bootproof.image.to.digest': facts.newImage?.digest,
      'bootproof.image.running': facts.running,
      'bootproof.fault.kinds': facts.faults.map(({ kind }) => kind),
      'bootproof.fault.phases_asked': facts.faults.map(({ asked }) => asked),
      'bootproof.fault.phases_hit': facts.faults.map(({ hit }) => hit ?? 'none'),
      'bootproof.fault.loss_models': facts.lossModels,
      'bootproof.reproduce': verdict.reproduce,
    },
  });
  const phases = one.notes.flatMap((note) => phaseSpans(note, parent));
  return [parent, ...[...one.steps.map((step) => stepSpan(step, parent)), ...phases].map(make)];
}

function stepSpan(step: EventOf<'step'>, parent: ReadableSpan): SpanFacts {
  const begunMs = Date.parse(step.startedAt);
  const startMs = Number.isNaN(begunMs) ? Date.parse(step.at) - step.durationMs : begunMs;
  const { error } = step.details;
  return {
    name: step.name,
    key: `line ${step.seq}`,
    parent,
    startMs,
    endMs: startMs + step.durationMs,
    error: step.status === 'passed' ? undefined : typeof error === 'string' ? error : step.status,
    attributes: {
      'test.case.name': step.case,
      'bootproof.step.status': step.status,
      'bootproof.step.details': Object.keys(step.details).length === 0 ? undefined : JSON.stringify(step.details),
    },
  };
}

function phaseSpans(note: EventOf<'note'>, parent: ReadableSpan): SpanFacts[] {
  const spans = noteOf('phase-times', note)?.spans ?? [];
  return spans.map(({ phase, startedAt, durationMs }, index) => ({
    name: `phase ${phase}`,
    key: `line ${note.seq} phase ${index}`,
    parent,
    startMs: Date.parse(startedAt),
    endMs: Date.parse(startedAt) + durationMs,
    attributes: { 'test.case.name': note.case, 'bootproof.phase': phase },
  }));
}
