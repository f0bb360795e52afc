import { BenchError } from '../errors/harness-error.ts';
import type { CommitPosition, FaultOutcome, Transition } from '../judge/transition.ts';
import type { Observation } from '../observe/observation.ts';
import type { Fault } from '../scenario/api.ts';
import type { ClientResult } from '../update/update-client.ts';
import type { DeviceSession } from './device-session.ts';
import { markPattern } from './phase-marks.ts';

/** What a live fault left behind. */
export interface Disturbed {
  readonly client: ClientResult | undefined;
  readonly outcome: FaultOutcome;
  /** The device after the client was disturbed, before any reboot; where the fault's outcome is read from it. */
  readonly staged?: Observation;
  /** True: the device has started again by the fault itself. */
  readonly rebooted: boolean;
  /** The disk between the fault and the boot after it, where nobody ran it. */
  readonly offline?: Transition['offline'];
  /** Takes the means of the fault away again (a filled disk), once the device runs. */
  readonly mend?: () => Promise<void>;
  /** What the boot after the fault ended with, where it did not come. */
  readonly silence?: unknown;
}

/** Objects that a pull has to have asked for before it counts as being in its middle. */
export const objectsIntoPull = 100;

/** Runs the client, and `act` in the middle of the phase asked for. */
export async function during<T>(
  session: DeviceSession,
  fault: Fault,
  stage: () => Promise<ClientResult>,
  act: () => Promise<T>,
): Promise<[ClientResult, T]> {
  const from = session.device.console.length;
  const waiting = new AbortController();
  const running = stage();
  const reached =
    fault.at === 'pull'
      ? session.environment.server.objectsServed(objectsIntoPull, waiting.signal)
      : session.device.console
          .expect([{ name: 'mark', pattern: new RegExp(markPattern(fault.at, 'begin')) }], {
            from,
            deadline: session.limit('client'),
          })
          .then(() => undefined);
  const first = await Promise.race([reached.then(() => 'reached' as const), running.then(() => 'ended' as const)]);
  waiting.abort();
  reached.catch(() => undefined);
  if (first === 'ended') throw missed(fault, `the update ended before its phase ${fault.at} was seen`);
  const done = await act().catch(async (error: unknown) => {
    // The case ends here, and the client's step before it: nothing is written down for a case that is over.
    session.device.lost();
    await running.catch(() => undefined);
    throw error;
  });
  return [await running, done];
}

export function outcome({ kind, at }: Fault, phaseHit: string, position: CommitPosition): FaultOutcome {
  return { kind, phaseAsked: at, phaseHit, position };
}

/** The fault came too early or too late: a matter of timing, so that another try may hit. */
export function missed(fault: Pick<Fault, 'kind' | 'at'>, why: string): BenchError {
  const error = withoutEffect(fault, why);
  error.details['missed'] = true;
  return error;
}

export function withoutEffect({ kind, at }: Pick<Fault, 'kind' | 'at'>, why: string): BenchError {
  return new BenchError(`Fault without effect: ${kind} at ${at}, ${why}`, {
    code: 'fault-without-effect',
    hint: 'a fault that is not proven gives no verdict on the product',
    // Nothing is wrong with the bench: the next case may use it.
    details: { benchUsable: true },
  });
}
