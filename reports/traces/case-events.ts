import type { EventOf } from '../../harness/record/event.ts';
import type { CaseLedger } from '../../harness/record/ledger.ts';
import { noteOf } from '../../harness/record/note.ts';
import type { EventFacts } from './span.ts';

/** What happened in a case at one moment: power lost, a transition judged, a finding. In the order of their times. */
export function caseEvents(one: CaseLedger): EventFacts[] {
  const events = [...one.notes.flatMap(noteEvents), ...one.judged.flatMap(findingEvents)];
  return events.sort((a, b) => a.atMs - b.atMs);
}

function noteEvents(note: EventOf<'note'>): EventFacts[] {
  const atMs = Date.parse(note.at);
  const receipt = noteOf('receipt', note);
  if (receipt) {
    const { kind, lossModel, latencyMs, log, at } = receipt;
    const attributes = {
      'bootproof.fault.loss_model': lossModel,
      'bootproof.power.latency_ms': Math.round(latencyMs),
      'bootproof.phase': log?.phase,
      'bootproof.log.entry': log?.entry,
    };
    return [{ name: `power ${kind}`, atMs: Number.isNaN(Date.parse(at)) ? atMs : Date.parse(at), attributes }];
  }
  const transition = noteOf('transition', note);
  if (transition) {
    const { fault, expected } = transition;
    const attributes = {
      'bootproof.transition': transition.transition,
      'bootproof.transition.kind': transition.kind,
      'bootproof.image.from.digest': transition.from.digest,
      'bootproof.image.to.digest': transition.to.digest,
      'bootproof.image.running': transition.running,
      'bootproof.image.expected': expected?.images,
      'bootproof.image.expected_reason': expected?.reason,
      'bootproof.fault.kind': fault?.kind,
      'bootproof.fault.phase_asked': fault?.phaseAsked,
      'bootproof.fault.phase_hit': fault?.phaseHit,
      'bootproof.fault.position': fault?.position,
      'bootproof.fault.loss_model': fault?.lossModel,
    };
    return [{ name: 'transition', atMs, attributes }];
  }
  const times = noteOf('phase-times', note);
  // an older record says how long each phase took, not when it began
  if (!times || times.spans) return [];
  const phases = Object.entries(times.phasesMs).map(([phase, ms]) => `${phase} ${Math.round(ms)} ms`);
  return [{ name: 'phase times', atMs, attributes: { 'bootproof.phases': phases } }];
}

function findingEvents({ at, transition, findings }: EventOf<'judged'>): EventFacts[] {
  return findings.map(({ code, oracle, severity, message, view }) => ({
    name: `finding ${code}`,
    atMs: Date.parse(at),
    attributes: {
      'bootproof.transition': transition,
      'bootproof.finding.code': code,
      'bootproof.finding.oracle': oracle,
      'bootproof.finding.severity': severity,
      'bootproof.finding.view': view,
      'bootproof.finding.message': message,
    },
  }));
}
