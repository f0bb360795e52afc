import { AssertionError } from 'chai';
import type { Blame } from '../errors/harness-error.ts';
import {
  AbortError,
  BenchError,
  CapabilityError,
  DeadlineError,
  HarnessError,
  ProductError,
  UsageError,
} from '../errors/harness-error.ts';

/** `timeout`: the backstop of the case; `crash`: the worker process ended during the case. */
type CaseErrorKind =
  'assertion' | 'product' | 'bench' | 'deadline' | 'capability' | 'usage' | 'abort' | 'internal' | 'timeout' | 'crash';

/** What ended a case early, as plain data: it travels from the worker to the parent, and the verdict is a function of it. */
export interface CaseError {
  readonly kind: CaseErrorKind;
  readonly blame: Blame;
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
  readonly stack?: string | undefined;
}

/** More than this is no detail any more, and may come from a device. */
const maxDetailBytes = 64 * 1024;

export function caseErrorOf(error: unknown): CaseError {
  if (error instanceof HarnessError) {
    const { blame, code, message, hint, stack } = error;
    return { kind: kindOf(error), blame, code, message, hint, details: plain(error.details), stack };
  }
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? error.stack : undefined;
  // the harness itself never asserts with chai, so an assertion is a scenario's expectation of the device
  if (error instanceof AssertionError)
    return { kind: 'assertion', blame: 'product', code: 'expectation-failed', message, details: {}, stack };
  return { kind: 'internal', blame: 'harness', code: 'unexpected-error', message, details: {}, stack };
}

function kindOf(error: HarnessError): CaseErrorKind {
  if (error instanceof BenchError) return 'bench';
  if (error instanceof DeadlineError) return 'deadline';
  if (error instanceof ProductError) return 'product';
  if (error instanceof CapabilityError) return 'capability';
  if (error instanceof UsageError) return 'usage';
  if (error instanceof AbortError) return 'abort';
  return 'internal';
}

function plain(details: Record<string, unknown>): Record<string, unknown> {
  try {
    const text = JSON.stringify(details);
    if (text.length <= maxDetailBytes) return JSON.parse(text) as Record<string, unknown>;
    return { leftOut: `${text.length} characters of details` };
  } catch (cause) {
    return { leftOut: `details that are no plain data: ${String(cause)}` };
  }
}
