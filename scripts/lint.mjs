// @ts-check
// Runs every linter, whatever the ones before it found, so that one push shows all problems.
import { spawnSync } from 'node:child_process';

const linters = [
  ['eslint', '.', '--cache', '--cache-location', 'node_modules/.cache/eslint'],
  ['prettier', '--check', '--log-level', 'warn', '.'],
  ['knip'],
];

let failed = 0;
for (const [name = '', ...argv] of linters) {
  const { status } = spawnSync(`node_modules/.bin/${name}`, argv, { stdio: 'inherit' });
  if (status !== 0) failed++;
}
process.exitCode = failed === 0 ? 0 : 1;
