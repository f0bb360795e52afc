import * as chai from 'chai';
import { UsageError } from '../errors/harness-error.ts';
import type { TransitionOutcome } from './api.ts';
import { DeviceAssertionError } from './device-assertion-error.ts';

const ends = ['new', 'old', 'old or new'] as const;
/** How a transition may end: the image asked for, the one before, or either. */
type End = (typeof ends)[number];

/** `expect(outcome).to.end('old or new')`: which whole system runs now. Whether it is whole is the oracles' to say, after every transition. */
const words: Chai.ChaiPlugin = ({ Assertion }, { flag }) => {
  Assertion.addMethod('end', function (this: Chai.AssertionStatic, end: End) {
    const outcome: unknown = flag(this, 'object');
    if (!isOutcome(outcome))
      throw new UsageError('Not the outcome of a transition: expect(...).to.end', { code: 'scenario-misuse' });
    if (!ends.includes(end))
      throw new UsageError(`Not one of ${ends.join(', ')}: ${String(end)}`, { code: 'scenario-misuse' });
    const { from, to, kind } = outcome.transition;
    const names = end === 'new' ? [to.name] : end === 'old' ? [from.name] : [from.name, to.name];
    const met = names.includes(outcome.running);
    if (met !== Boolean(flag(this, 'negate'))) return;
    const wanted = `${flag(this, 'negate') ? 'not ' : ''}${end} (${names.join(' or ')})`;
    throw new DeviceAssertionError(
      `Ended in ${outcome.running}, expected ${wanted}: ${kind} ${from.name} -> ${to.name}`,
      outcome.findings,
      { actual: outcome.running, expected: wanted },
    );
  });
};

function isOutcome(value: unknown): value is TransitionOutcome {
  return typeof value === 'object' && value !== null && 'transition' in value && 'running' in value;
}

interface DeviceAssertion extends Chai.Assertion {
  readonly to: DeviceAssertion;
  readonly not: DeviceAssertion;
  /** Only for the outcome of a transition. @throws DeviceAssertionError */
  end(how: End): void;
}

interface Expect {
  (value: unknown, message?: string): DeviceAssertion;
  fail(message?: string): never;
}

/** Chai's expect with the words for a device. */
export const expect: Expect = chai.use(words).expect as unknown as Expect;
