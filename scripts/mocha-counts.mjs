// @ts-check
import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

const { EVENT_RUN_END, EVENT_TEST_FAIL, EVENT_TEST_PASS, EVENT_TEST_PENDING } = Mocha.Runner.constants;

/**
 * Mocha's dots on the terminal, and in the file named by the option `counts` how many tests of which kind there were, and which failed why.
 */
export default class CountingReporter extends Mocha.reporters.Dot {
  /**
   * @param {Mocha.Runner} runner
   * @param {Mocha.MochaOptions} options
   */
  constructor(runner, options) {
    super(runner, options);
    const none = () => ({ passed: 0, failed: 0, left: 0 });
    const counts = { unit: none(), contract: none() };
    const of = (/** @type {{ file?: string | undefined }} */ test) => counts[kindOf(test.file ?? '')];
    runner.on(EVENT_TEST_PASS, (test) => void (of(test).passed += 1));
    // A failed hook comes here as well: the tests that it keeps from running are not counted, it is.
    /** @type {string[]} */
    const failures = [];
    runner.on(EVENT_TEST_FAIL, (test, error) => {
      of(test).failed += 1;
      failures.push(`${test.fullTitle()}: ${String(error?.message ?? error).split('\n', 1)[0]}`);
    });
    runner.on(EVENT_TEST_PENDING, (test) => void (of(test).left += 1));
    runner.once(EVENT_RUN_END, () =>
      writeFileSync(options.reporterOptions.counts, JSON.stringify({ counts, failures })),
    );
  }
}

/**
 * @param {string} file
 * @returns {'unit' | 'contract'}
 */
function kindOf(file) {
  return file.includes('/targets/contract/') ? 'contract' : 'unit';
}
