// @ts-check
// Runs every linter, whatever the ones before it found, so that one push shows all problems.
import { spawnSync } from 'node:child_process';

const linters = [
  ['eslint', '.', '--cache', '--cache-location', 'node_modules/.cache/eslint'],
  ['prettier', '--check', '--log-level', 'warn', '.'],
  ['knip'],
];

// a scenario without a requirement, a requirement without a scenario or a reason, an expired known issue
const ours = ['bin/bootproof.mjs', 'requirements', '--check'];

let failed = 0;
for (const [name = '', ...argv] of linters) {
  const { status } = spawnSync(`node_modules/.bin/${name}`, argv, { stdio: 'inherit' });
  if (status !== 0) failed++;
}
if (spawnSync(process.execPath, ours, { stdio: 'inherit' }).status !== 0) failed++;
process.exitCode = failed === 0 ? 0 : 1;
