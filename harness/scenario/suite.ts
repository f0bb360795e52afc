import Mocha from 'mocha';

/** How a case's body ended, as Mocha saw it. `timed-out`: the body may still run, so the process that ran it is not to be used again. */
export type BodyResult =
  | { readonly ended: 'returned' }
  | { readonly ended: 'threw'; readonly error: unknown }
  | { readonly ended: 'timed-out'; readonly budgetMs: number };

/**
 * Runs one body as the one test of a suite that exists in memory only: no retries, no watch, no files. Mocha's part is to tell a stray throw
 * during the body (an event handler, a forgotten promise) from an end of the body, and to stop waiting after `budgetMs`.
 */
export function runInSuite(title: string, body: () => Promise<void>, budgetMs: number): Promise<BodyResult> {
  const suite = new Mocha.Suite('bench', new Mocha.Context());
  const test = new Mocha.Test(title, () => body());
  suite.addTest(test);
  // after addTest, which gives the test the suite's own
  test.timeout(budgetMs);
  test.retries(0);
  const runner = new Mocha.Runner(suite, { cleanReferencesAfterRun: true });
  let result: BodyResult | undefined;
  runner.on('pass', () => {
    result ??= { ended: 'returned' };
  });
  runner.on('fail', (_test, error: unknown) => {
    const timedOut = error instanceof Error && 'code' in error && error.code === 'ERR_MOCHA_TIMEOUT';
    // the first failure stays: a later one is its consequence
    if (result?.ended !== 'threw') result = timedOut ? { ended: 'timed-out', budgetMs } : { ended: 'threw', error };
  });
  return new Promise((resolve) => {
    runner.run(() => {
      runner.dispose();
      resolve(result ?? { ended: 'threw', error: new Error('Ended without a result: mocha') });
    });
  });
}
