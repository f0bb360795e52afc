// @ts-check
// Sets up this machine and starts bootproof. Until the npm packages are there it can import only node: and scripts that do the same.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withSystemFolders } from './harness/host/host-packages.mjs';
import { parseArguments, usage } from './scripts/command-line.mjs';
import { installHostPackages } from './scripts/host-set-up.mjs';
import { installModules } from './scripts/node-modules.mjs';
import { checkNodeVersion } from './scripts/node-version.mjs';
import { SetUpError } from './scripts/set-up-error.mjs';
import { Stage } from './scripts/stage.mjs';
import { runTests } from './scripts/test-run.mjs';

const root = dirname(fileURLToPath(import.meta.url));
const say = (/** @type {string} */ line) => void process.stderr.write(`${line}\n`);

/**
 * @param {readonly string[]} argv
 * @returns {Promise<number>} the exit code
 */
async function main(argv) {
  const task = parseArguments(argv);
  if ('problem' in task) {
    say(`${task.problem}\n\n${usage}`);
    return 2;
  }
  if (task.do === 'help') {
    process.stdout.write(usage);
    return 0;
  }
  const abort = abortBySignal();
  checkNodeVersion();
  process.env['PATH'] = withSystemFolders(process.env['PATH']);
  // The host first: where it cannot be set up, that is known at once.
  await installHostPackages(say, {
    forTests: task.do === 'test',
    forFull: task.do === 'test' && task.profile === 'nightly',
  });
  await installModules(root, say);
  if (abort.aborted) return 4;
  if (task.do === 'test') return runTests(root, task.profile, abort);
  // Builds the images on its way, after the plan: a slip in the arguments is told at once.
  return new Stage('run', [process.execPath, 'bin/bootproof.mjs', 'run', ...task.arguments], { cwd: root }).finish();
}

/** Stays alive until what it started has ended and has said so. */
function abortBySignal() {
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => abort.abort());
  return abort.signal;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  say(`${error.message}\n\n  ${error.hint}\n`);
  process.exitCode = 2;
}
