// @ts-check
import { SetUpError } from './set-up-error.mjs';

/** As `engines` in package.json has it. */
const floor = [20, 19];

/**
 * @param {string} [version] without the v
 * @returns {void}
 * @throws {SetUpError} when it is older than what the dependencies need
 */
export function checkNodeVersion(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [floorMajor = 0, floorMinor = 0] = floor;
  if (major > floorMajor || (major === floorMajor && minor >= floorMinor)) return;
  throw new SetUpError(
    `Node ${version} is too old: bootproof needs ${floor.join('.')} or newer`,
    'Debian 13 has it (nodejs and npm); on Debian 12 install a newer Node first',
  );
}
