// @ts-check
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runQuietly } from './quiet-command.mjs';
import { SetUpError } from './set-up-error.mjs';

/**
 * Installs the npm packages of package-lock.json unless they are there. Their install scripts never run: none is needed
 * (ssh2 and esbuild have working fallbacks), and npm versions differ in whether they would.
 * @param {string} root
 * @param {(line: string) => void} say
 */
export async function installModules(root, say) {
  if (isInstalled(readLock(join(root, 'package-lock.json')), readLock(join(root, 'node_modules/.package-lock.json'))))
    return;
  const argv = ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { code, output, missing } = await runQuietly('npm packages', argv, { cwd: root, say });
  if (missing)
    throw new SetUpError('No such program: npm', 'install npm, which comes with Node or as a package of its own');
  if (code === 0) return;
  // npm explains all its options after a usage error: that is not the reason.
  const reason = output.split(/\nnpm (?:error|ERR!)\s+Clean install a project/)[0] ?? '';
  throw new SetUpError(`npm ci ended with ${code}:\n${reason}`, 'is the npm registry reachable? "npm ping" tells');
}

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }} LockedPackage
 * @typedef {{ packages?: Record<string, LockedPackage> }} Lock
 */

/**
 * Whether node_modules is what the lock file asks for, by the copy that npm leaves in it as its last act: an install that was
 * broken off has none. Optional packages for other machines are not there.
 * @param {Lock | undefined} wanted package-lock.json
 * @param {Lock | undefined} found node_modules/.package-lock.json
 * @returns {boolean}
 */
export function isInstalled(wanted, found) {
  if (!wanted?.packages || !found?.packages) return false;
  const installed = found.packages;
  const paths = Object.keys(wanted.packages).filter((path) => path !== '');
  const isRight = paths.every((path) => {
    const asked = wanted.packages?.[path];
    const there = installed[path];
    if (!there) return asked?.optional === true || asked?.devOptional === true;
    return there.version === asked?.version && there.integrity === asked?.integrity;
  });
  return isRight && Object.keys(installed).every((path) => paths.includes(path));
}

/**
 * @param {string} path
 * @returns {Lock | undefined}
 */
function readLock(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
