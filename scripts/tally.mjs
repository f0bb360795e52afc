// @ts-check

/**
 * @typedef {'unit' | 'contract' | 'device' | 'negative'} Kind
 * @typedef {{ passed: number, failed: number, left: number }} Count `left`: pending or not applicable, counted but neither
 */

/** @type {readonly Kind[]} */
export const kinds = ['unit', 'contract', 'device', 'negative'];

/** Adds up a test run. What fails without a test of its own (lint, a crash, a kind of which nothing ran) counts as one failure. */
export class Tally {
  /** @type {Map<Kind, Count>} */
  #counts = new Map();
  /** @type {string[]} */
  #failures = [];
  /** @type {string[]} */
  #failedTests = [];

  /**
   * The tests of one stage, by kind. `code`: how the stage ended; it counts where no test of it failed.
   * @param {string} stage
   * @param {number | string} code
   * @param {Partial<Record<Kind, Count>>} [counts]
   * @param {readonly string[]} [failedTests] their names, said again at the end: a long log is often kept in part
   */
  add(stage, code, counts = {}, failedTests = []) {
    let failed = 0;
    this.#failedTests.push(...failedTests);
    for (const kind of kinds) {
      const more = counts[kind];
      if (!more) continue;
      const sum = this.#counts.get(kind) ?? { passed: 0, failed: 0, left: 0 };
      this.#counts.set(kind, {
        passed: sum.passed + more.passed,
        failed: sum.failed + more.failed,
        left: sum.left + more.left,
      });
      failed += more.failed;
    }
    if (code !== 0 && failed === 0)
      this.fail(typeof code === 'number' ? `${stage} ended with ${code}` : `${stage}: ${code}`);
  }

  /** @param {string} reason */
  fail(reason) {
    this.#failures.push(reason);
  }

  /** @returns {{ lines: string[], passed: number, failed: number }} the last of `lines` is `N passed, N failed` */
  sum() {
    const failures = [...this.#failures];
    const lines = [];
    let passed = 0;
    let failed = 0;
    for (const kind of kinds) {
      const count = this.#counts.get(kind) ?? { passed: 0, failed: 0, left: 0 };
      if (count.passed + count.failed === 0) failures.push(`no ${kind} test ran`);
      if (count.left > 0) lines.push(`${kind} neither passed nor failed: ${count.left}`);
      passed += count.passed;
      failed += count.failed;
    }
    for (const reason of [...this.#failedTests, ...failures]) lines.push(`failed: ${reason}`);
    for (const kind of kinds) {
      const count = this.#counts.get(kind);
      lines.push(`${kind}: ${count ? count.passed + count.failed : 0}`);
    }
    failed += failures.length;
    return { lines: [...lines, `${passed} passed, ${failed} failed`], passed, failed };
  }
}
