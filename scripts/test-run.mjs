// @ts-check
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Stage } from './stage.mjs';
import { Tally } from './tally.mjs';

/**
 * `npm test` after set-up: lint and types while the images are built in the background, then mocha, which has deadlines and gets the machine
 * to itself, then the device cases. Every stage runs, whatever the ones before it said, so that one run shows all that is wrong; only the
 * device cases need their images.
 * @param {string} root
 * @param {'test' | 'nightly'} profile
 * @param {AbortSignal} abort the stage in hand is ended by the same signal; none is begun any more
 * @returns {Promise<number>} the exit code: 0, 1 or, aborted, 4
 */
export async function runTests(root, profile, abort) {
  const scratch = mkdtempSync(join(tmpdir(), 'bootproof-test-'));
  const tally = new Tally();
  const bootproof = [process.execPath, 'bin/bootproof.mjs'];
  try {
    const images = new Stage('images', [...bootproof, 'images', 'build'], { cwd: root, background: true });
    const stage = async (/** @type {string} */ name, /** @type {string[]} */ argv) =>
      abort.aborted ? 'not begun' : new Stage(name, argv, { cwd: root }).finish();
    tally.add('lint', await stage('lint', ['npm', 'run', '--silent', 'lint']));
    tally.add('types', await stage('types', ['npm', 'run', '--silent', 'types']));
    const imagesCode = await images.finish();
    tally.add('images', imagesCode);
    /** Begins tests; what it gives waits for their end, and counts them. */
    const begin = (/** @type {string} */ name, /** @type {string[]} */ spec, background = false) => {
      const written = join(scratch, `${name}.json`);
      const begun = abort.aborted ? undefined : new Stage(name, mocha(written, spec), { cwd: root, background });
      return async () => {
        const code = begun ? await begun.finish() : 'not begun';
        const { counts, failures } = readJson(written);
        tally.add(name, code, counts, failures);
      };
    };
    await begin('unit and contract tests', [])();
    if (imagesCode === 0) {
      const contract = (/** @type {string} */ file) => ['--no-config', '--import=tsx/esm', `targets/contract/${file}`];
      const nightly = profile === 'nightly';
      // An emulated machine keeps one core busy, so two of them take no longer than one. A lab is not on every machine.
      const ways = nightly ? [] : ['--grep', 'over a pty'];
      const board = begin('contract of the board target', [...contract('board.contract.ts'), ...ways], true);
      await begin('contract of the QEMU target', contract('qemu.contract.ts'))();
      await board();
      if (nightly) {
        await begin('one run of QEMU logged twice', contract('deterministic.contract.ts'))();
        await begin('an aarch64 board with U-Boot', contract('u-boot.contract.ts'))();
      }
      const before = runsOf(root);
      const ended = await stage(`device cases, profile ${profile}`, [...bootproof, 'run', '--profile', profile]);
      const made = runsOf(root).filter((run) => !before.includes(run));
      const { counts: cases, failures: failedCases } = deviceCounts(root, made, tally);
      tally.add('device cases', ended, cases, failedCases);
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  if (abort.aborted) tally.fail('aborted');
  const { lines, failed } = tally.sum();
  process.stdout.write(`${lines.join('\n')}\n`);
  if (abort.aborted) return 4;
  return failed === 0 ? 0 : 1;
}

/**
 * @param {string} counts
 * @param {string[]} spec none: as .mocharc.json says
 */
function mocha(counts, spec) {
  const reporter = ['--reporter', sibling('mocha-counts.mjs'), '--reporter-option', `counts=${counts}`];
  return [process.execPath, 'node_modules/mocha/bin/mocha.js', ...spec, ...reporter];
}

/** @param {string} name */
function sibling(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** @param {string} root */
function runsOf(root) {
  try {
    return readdirSync(join(root, 'runs')).filter((run) => existsSync(join(root, 'runs', run, 'record.jsonl')));
  } catch {
    return [];
  }
}

/**
 * The counts of the one run that was made, from its ledger.
 * @param {string} root
 * @param {readonly string[]} made
 * @param {Tally} tally
 * @returns {{ counts?: Partial<Record<import('./tally.mjs').Kind, import('./tally.mjs').Count>>, failures?: string[] }}
 */
function deviceCounts(root, made, tally) {
  const [run] = made;
  if (run === undefined) return {};
  if (made.length > 1) {
    tally.fail(`${made.length} new records below runs/ instead of one`);
    return {};
  }
  const argv = ['--import', 'tsx', sibling('record-counts.mjs'), join('runs', run)];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { cwd: root, encoding: 'utf8' });
  if (status !== 0) {
    tally.fail(`the record of ${run} cannot be counted: ${stderr.trim().slice(-500)}`);
    return {};
  }
  const { counts, failures, missing, problems } = JSON.parse(stdout);
  for (const id of missing) process.stdout.write(`planned, but without a verdict: ${id}\n`);
  for (const problem of problems) tally.fail(`the record of ${run} is not sound: ${problem}`);
  return { counts, failures };
}

/** @param {string} path */
function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return {};
  }
}
