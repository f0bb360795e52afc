import { setTimeout as sleep } from 'node:timers/promises';
import { AbortError, DeadlineError } from '../errors/harness-error.ts';

/**
 * A budget in milliseconds with an AbortSignal, made once for a step and handed down: a nested wait can only shorten it,
 * so retries never multiply. `signal` fires when the time is over or when the parent was aborted (Ctrl-C).
 */
export class Deadline {
  readonly signal: AbortSignal;
  readonly #endMs: number;

  constructor(
    /** What is waited for, in words that fit "... did not end within": `login on qemu-a`. */
    readonly what: string,
    readonly budgetMs: number,
    readonly parent?: AbortSignal,
    /** By what `within` multiplies its budgets: above 1 for a bench on which everything takes longer. */
    readonly timeFactor = 1,
  ) {
    this.#endMs = performance.now() + budgetMs;
    // Not AbortSignal.timeout: nothing but the runtime would hold it, weakly, so that the collector takes it and the time never ends.
    const own = new AbortController();
    setTimeout(() => own.abort(), Math.max(1, Math.ceil(budgetMs))).unref();
    this.signal = parent ? AbortSignal.any([own.signal, parent]) : own.signal;
  }

  get leftMs(): number {
    return Math.max(0, this.#endMs - performance.now());
  }

  /** A part of this deadline: never longer than what is left here. */
  within(what: string, budgetMs: number): Deadline {
    return new Deadline(what, Math.min(budgetMs * this.timeFactor, this.leftMs), this.parent, this.timeFactor);
  }

  /** @throws AbortError when a person aborted, DeadlineError when the time is over. */
  check(details: Record<string, unknown> = {}): void {
    if (this.signal.aborted) throw this.error(details);
  }

  error(details: Record<string, unknown> = {}): AbortError | DeadlineError {
    if (this.parent?.aborted)
      return new AbortError(`Aborted while waiting for ${this.what}`, { code: 'aborted', details });
    return new DeadlineError(`Timed out after ${Math.round(this.budgetMs / 1000)} s: ${this.what}`, {
      code: 'deadline',
      details,
    });
  }

  /** Settles as `promise` does, or rejects with this deadline's error. The promise itself is not cancelled: give it `signal`. */
  async race<T>(promise: Promise<T>, details: () => Record<string, unknown> = () => ({})): Promise<T> {
    this.check(details());
    let onAbort: (() => void) | undefined;
    const over = new Promise<never>((_, reject) => {
      onAbort = () => reject(this.error(details()));
      this.signal.addEventListener('abort', onAbort, { once: true });
    });
    try {
      return await Promise.race([promise, over]);
    } finally {
      if (onAbort) this.signal.removeEventListener('abort', onAbort);
    }
  }

  /** Asks `probe` every `everyMs` until it gives a value other than undefined. */
  async until<T>(probe: () => Promise<T | undefined> | T | undefined, everyMs = 100): Promise<T> {
    for (;;) {
      this.check();
      const value = await probe();
      if (value !== undefined) return value;
      await sleep(Math.min(everyMs, this.leftMs), undefined, { signal: this.signal }).catch(() => undefined);
    }
  }
}
