// @ts-check

/**
 * @typedef {{ do: 'help' }
 *   | { do: 'test', profile: 'test' | 'nightly' }
 *   | { do: 'run', arguments: string[] }} Task
 */

export const usage = `node start.mjs [ARGUMENT...]   set up this machine, build the images, run the profile "standard"
                               (arguments go to "bootproof run"; --profile NAME replaces "standard")
node start.mjs test [--full]   set up this machine and run lint, types, unit, contract and device tests
                               (--full: the profile "nightly" on the device)
`;

/**
 * What start.mjs was asked to do.
 * @param {readonly string[]} argv after the script's own name
 * @returns {Task | { problem: string }}
 */
export function parseArguments(argv) {
  if (argv[0] === '--help' || argv[0] === '-h') return { do: 'help' };
  if (argv[0] === 'test') {
    const unknown = argv.slice(1).find((argument) => argument !== '--full');
    if (unknown !== undefined) return { problem: `No such argument of "test": ${unknown}` };
    return { do: 'test', profile: argv.includes('--full') ? 'nightly' : 'test' };
  }
  const chosen = argv.some((argument) => argument === '--profile' || argument.startsWith('--profile='));
  return { do: 'run', arguments: chosen ? [...argv] : ['--profile', 'standard', ...argv] };
}
