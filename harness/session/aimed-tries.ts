import { BenchError } from '../errors/harness-error.ts';
import type { Fault, TransitionOutcome } from '../scenario/api.ts';
import type { DeviceSession } from './device-session.ts';

/** How often a fault that is a matter of timing is tried before its phase counts as not reached. */
const maxTries = 5;

/**
 * Does a transition whose fault is aimed at a phase of a running update, until the phase that was hit is the one asked for. What hit another
 * phase was judged there like any other, and a violation ends the tries. Each try is a line of the record, on a device as at the begin.
 * @throws BenchError `phase-not-reached` (the verdict is `not-run`, never passed); whatever else the transition throws, at once.
 */
export async function untilHit(
  session: Pick<DeviceSession, 'isUntouched' | 'startOver' | 'steps'>,
  { kind, at }: Fault,
  transition: () => Promise<TransitionOutcome>,
): Promise<TransitionOutcome> {
  // What a scenario did before can not be done again by anyone but the scenario.
  const tries = session.isUntouched ? maxTries : 1;
  const hits: string[] = [];
  for (let n = 1; n <= tries; n++) {
    if (n > 1) await session.startOver();
    const outcome = await transition().catch((error: unknown) => {
      if (error instanceof BenchError && error.details['missed'] === true) return error;
      throw error;
    });
    const hit = outcome instanceof BenchError ? undefined : outcome.transition.fault?.phaseHit;
    const why = outcome instanceof BenchError ? outcome.message : undefined;
    session.steps.note('fault-try', { kind, n, of: tries, phaseAsked: at, phaseHit: hit ?? 'none', why });
    if (!(outcome instanceof BenchError)) {
      if (hit === at || outcome.findings.some(({ severity }) => severity === 'violation')) return outcome;
    }
    hits.push(hit ?? 'none');
  }
  throw new BenchError(
    `Missed in ${tries === 1 ? 'one try' : `${tries} tries`}: ${kind} at ${at}, hit ${hits.join(', ')}`,
    {
      code: 'phase-not-reached',
      hint: "a recorded cut, powerCut({ form: 'recorded' }), never misses",
      details: { benchUsable: true, phaseAsked: at, phasesHit: hits },
    },
  );
}
