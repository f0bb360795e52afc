/** Who has to act on an error: the person at the keyboard, the bench, the device under test, this program, or the one who aborted. */
export type Blame = 'user' | 'bench' | 'product' | 'harness' | 'human';

export interface HarnessErrorOptions {
  /** Stable, kebab-case, for scripts: `qemu-too-old`. */
  code: string;
  /** What to do about it, one line. */
  hint?: string;
  /** Plain data for the record; never a secret. */
  details?: Record<string, unknown>;
  cause?: unknown;
}

/** Message form: reason first, then the object. The hint is kept apart so that a printer can set it on a line of its own. */
export abstract class HarnessError extends Error {
  abstract readonly blame: Blame;
  readonly code: string;
  readonly hint: string | undefined;
  readonly details: Record<string, unknown>;

  constructor(message: string, { code, hint, details, cause }: HarnessErrorOptions) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = hint;
    this.details = details ?? {};
  }
}

/** The person asked for something that cannot be: exit code 2. */
export class UsageError extends HarnessError {
  readonly blame = 'user';
}

/** A scenario needs what this bench does not offer: the case is `not-applicable`, with the capability named. */
export class CapabilityError extends HarnessError {
  readonly blame = 'user';
}

/** The bench failed, not the product: the case is `broken` and the bench is poisoned. */
export class BenchError extends HarnessError {
  readonly blame = 'bench';
}

/** A step did not end within its budget. Its blame depends on when it happened, so the catcher decides; alone it is the bench's. */
export class DeadlineError extends HarnessError {
  readonly blame = 'bench';
}

/** The device did something it must not, in a way that stops the case: the case is `failed`. */
export class ProductError extends HarnessError {
  readonly blame = 'product';
}

/** A defect of this program: the case is `broken`. */
export class InternalError extends HarnessError {
  readonly blame = 'harness';
}

/** Ctrl-C, SIGTERM: the case is `aborted`. */
export class AbortError extends HarnessError {
  readonly blame = 'human';
}
