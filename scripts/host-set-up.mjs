// @ts-check
import { spawnSync } from 'node:child_process';
import { aptLine, isOnHost, missingNeeds, packagesOf } from '../harness/host/host-packages.mjs';
import { runQuietly } from './quiet-command.mjs';
import { SetUpError } from './set-up-error.mjs';

/**
 * Installs the packages whose commands are missing: as root, or by a sudo that asks for no password.
 * @param {(line: string) => void} say
 * @param {{ forTests: boolean, forFull: boolean }} use
 * @throws {SetUpError} with the one line to run, when neither is possible
 */
export async function installHostPackages(say, use) {
  const isRoot = process.getuid?.() === 0;
  const missing = missingNeeds({ isRoot, ...use });
  if (missing.length === 0) return;
  const packages = packagesOf(missing);
  const names = missing.map((need) => need.needs).join(', ');
  if (!isOnHost('apt-get'))
    throw new SetUpError(
      `Not on this machine, and no apt-get to install them: ${names}`,
      'Debian 12 or 13 is set up by itself; elsewhere install what provides these commands',
    );
  if (!isRoot && !canSudo())
    throw new SetUpError(`Not on this machine: ${names}. Run as root, then start again:`, aptLine(packages));
  const asRoot = isRoot ? [] : ['sudo', '-n'];
  const apt = [...asRoot, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', '-o', 'DPkg::Lock::Timeout=120'];
  const install = [...apt, '-y', '-o', 'Dpkg::Use-Pty=0', 'install', '--no-install-recommends', ...packages];
  await mustRun('package lists', [...apt, 'update'], say);
  await mustRun(`host packages ${packages.join(' ')}`, install, say);
  const still = missingNeeds({ isRoot, ...use }).map((need) => need.needs);
  if (still.length > 0)
    throw new SetUpError(
      `Still not on this machine: ${still.join(', ')}`,
      `${packages.join(', ')} should have brought them: is this Debian 12 or 13?`,
    );
}

/**
 * @param {string} title
 * @param {readonly string[]} argv
 * @param {(line: string) => void} say
 */
async function mustRun(title, argv, say) {
  const { code, output } = await runQuietly(title, argv, { say });
  if (code !== 0) throw new SetUpError(`apt-get ended with ${code}:\n${output}`, `by hand: ${argv.join(' ')}`);
}

function canSudo() {
  return isOnHost('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0;
}
