import { AbortError, BenchError, DeadlineError } from '../errors/harness-error.ts';
import type { CaseRequest } from '../run/case.ts';

/** Where a case is, seen from the update: what a silent device means depends on it. */
export type Moment = 'before-update' | 'during-update' | 'after-update' | 'after-cut';

/** Runs steps of a case, each a line of the record with its time, and tells an error where in the case it happened. */
export class Steps {
  moment: Moment = 'before-update';

  constructor(private readonly request: CaseRequest) {}

  async run<T>(
    name: string,
    body: () => Promise<T>,
    details: (result: T) => Record<string, unknown> = () => ({}),
  ): Promise<T> {
    const { request } = this;
    const startedAt = new Date().toISOString();
    const start = performance.now();
    const done = (status: 'passed' | 'failed' | 'broken', extra: Record<string, unknown>): void =>
      request.emit({
        event: 'step',
        case: request.case.case,
        name,
        status,
        startedAt,
        durationMs: Math.round(performance.now() - start),
        details: extra,
      });
    request.watch.step(name);
    try {
      const result = await body();
      done('passed', details(result));
      return result;
    } catch (error) {
      if (error instanceof DeadlineError || error instanceof BenchError) error.details['phase'] ??= this.moment;
      done(error instanceof AbortError || error instanceof BenchError ? 'broken' : 'failed', {
        error: (error as Error).message,
      });
      throw error;
    }
  }

  note(kind: string, data: Record<string, unknown>): void {
    this.request.emit({ event: 'note', case: this.request.case.case, kind, data });
  }
}
