import { AssertionError } from 'chai';
import type { Finding } from '../judge/finding.ts';

/** A scenario expected another outcome. Carries what the oracles found, so that a report shows the cause beside the surprise. */
export class DeviceAssertionError extends AssertionError<Record<string, unknown>> {
  readonly findings: readonly Finding[];

  constructor(message: string, findings: readonly Finding[], shown: { actual: unknown; expected: unknown }) {
    super(message, { ...shown, showDiff: false });
    this.findings = findings;
  }
}
