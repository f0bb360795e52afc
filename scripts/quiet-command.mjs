// @ts-check
import { spawn } from 'node:child_process';

const keptBytes = 8000;
const reportMs = 10_000;

/**
 * Runs a command whose output matters only when it fails. Says when it begins, where it is every ten seconds, and when it ends.
 * @param {string} title
 * @param {readonly string[]} argv
 * @param {{ say: (line: string) => void, cwd?: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<{ code: number, output: string, missing: boolean }>} `output`: the end of what it printed
 */
export function runQuietly(title, argv, { say, cwd, env }) {
  const [command = '', ...parameters] = argv;
  const startedMs = performance.now();
  const seconds = () => `${Math.round((performance.now() - startedMs) / 1000)} s`;
  say(`${title} ...`);
  return new Promise((resolve) => {
    const child = spawn(command, parameters, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...process.env, ...env },
    });
    let output = '';
    const keep = (/** @type {Buffer} */ chunk) => {
      output = (output + chunk.toString('utf8')).slice(-keptBytes);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const timer = setInterval(
      () => say([`${title}: ${seconds()}`, lastLine(output)].filter(Boolean).join(', ')),
      reportMs,
    );
    const forward = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
    process.on('SIGTERM', forward);
    const end = (/** @type {number} */ code, missing = false) => {
      clearInterval(timer);
      process.off('SIGTERM', forward);
      if (code === 0) say(`${title}: ready after ${seconds()}`);
      resolve({ code, output: output.trim(), missing });
    };
    child.on('error', (error) => {
      output += error.message;
      end(127, 'code' in error && error.code === 'ENOENT');
    });
    child.on('close', (code, signal) => end(code ?? (signal === null ? 1 : 128)));
  });
}

/** @param {string} output */
function lastLine(output) {
  const plain = output.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '');
  return (
    plain
      .trim()
      .split(/[\r\n]+/)
      .at(-1)
      ?.slice(0, 100) ?? ''
  );
}
