import type { Shell, ShellResult } from '../../harness/device/shell.ts';
import type { Target } from '../../harness/device/target.ts';
import { withPower, withShell, withTarget } from './delegate.ts';
import { never } from './lying-benches.ts';
import type { Liar } from './lying.ts';

const asItIs = 'gives exit status and both streams as they are';
const provisioned = 'speaks to the device that was provisioned';

/** Every command and script goes through `change`. */
function answering(target: Target, change: (result: ShellResult) => ShellResult): Target {
  return withShell(target, (shell) => ({
    run: async (argv, options) => change(await shell.run(argv, options)),
    script: async (script, parameters, options) => change(await shell.script(script, parameters, options)),
  }));
}

/**
 * Power and console are this bench's, the shell is another's. `identity` decides how well the other is disguised: with one
 * of its own, or as a clone that carries this bench's.
 */
function impersonated(
  target: Target,
  other: Target,
  clone: boolean,
  hostKey: (shell: Shell, pinned: string) => string,
): Target {
  const both = withPower(target, (power) => ({
    on: async (deadline) => {
      await power.on(deadline);
      await other.power.on(deadline);
    },
  }));
  let pinned = '';
  return withTarget(both, {
    provision: async (request, deadline) => {
      await target.provision(request, deadline);
      const machineId = clone ? request.identity.machineId : '0'.repeat(32);
      await other.acquire(deadline);
      const hostPublicKey = clone
        ? request.identity.hostPublicKey
        : `ssh-ed25519 ${Buffer.from('another').toString('base64')}`;
      await other.provision({ ...request, identity: { ...request.identity, machineId, hostPublicKey } }, deadline);
    },
    connect: async (deadline) => {
      pinned ||= (await target.connect(deadline)).hostKey;
      const shell = await other.connect(deadline);
      const instead = hostKey(shell, pinned);
      return withShell(other, () => ({ hostKey: instead })).connect(deadline);
    },
  });
}

export const lyingShells: readonly Liar[] = [
  {
    name: 'a shell that gives the same answer to everything',
    lie: (target) => answering(target, (result) => ({ ...result, exitCode: 0, stdout: Buffer.from('ready\n') })),
    caughtBy: 'answers a fresh nonce over a new connection',
    reason: /^Nonce not answered/,
  },
  {
    name: 'a shell of another host',
    lie: (target, another) => impersonated(target, another(), false, ({ hostKey }) => hostKey),
    caughtBy: provisioned,
    reason: /^Another host key/,
  },
  {
    name: 'a shell of another host, whose key was never looked at',
    lie: (target, another) => impersonated(target, another(), false, (_, pinned) => pinned),
    caughtBy: provisioned,
    reason: /^Another machine id/,
  },
  {
    name: 'a shell of a clone of this host',
    lie: (target, another) => impersonated(target, another(), true, ({ hostKey }) => hostKey),
    caughtBy: 'gives the console of the device that the shell is on, whole',
    reason: /^The console is not of the device that the shell is on/,
  },
  {
    name: 'a shell for which every command succeeds',
    lie: (target) => answering(target, (result) => ({ ...result, exitCode: 0 })),
    caughtBy: asItIs,
    reason: /^Exit status 0, the script ended with 7$/,
  },
  {
    name: 'a shell that mixes its streams',
    lie: (target) =>
      answering(target, (result) => ({
        ...result,
        stdout: Buffer.concat([result.stdout, result.stderr]),
        stderr: Buffer.alloc(0),
      })),
    caughtBy: asItIs,
    reason: /^Standard output not exact/,
  },
  {
    name: 'a shell that joins words with spaces and takes them apart again',
    lie: (target) =>
      withShell(target, (shell) => ({ run: (argv, options) => shell.run(argv.join(' ').split(/ +/), options) })),
    caughtBy: 'passes words verbatim',
    reason: /^Words changed on their way/,
  },
  {
    name: 'a shell that splices parameters into a script',
    lie: (target) =>
      withShell(target, (shell) => ({
        script: (script, parameters, options) => shell.script(script, parameters.join(' ').split(' '), options),
      })),
    caughtBy: 'passes words verbatim',
    reason: /^Parameters changed/,
  },
  {
    name: 'a shell that takes bytes for text',
    lie: (target) =>
      withShell(target, (shell) => ({
        run: (argv, { stdin, ...options }) =>
          shell.run(argv, { ...options, ...(stdin !== undefined && { stdin: stdin.toString() }) }),
      })),
    caughtBy: 'passes standard input byte for byte, and ends it',
    reason: /^Standard input changed/,
  },
  {
    name: 'a shell that cuts output in silence',
    lie: (target) => answering(target, (result) => ({ ...result, truncated: false })),
    caughtBy: 'bounds what a command may say',
    reason: /truncated is not set$/,
  },
  {
    name: 'a shell without bounds',
    lie: (target) =>
      withShell(target, (shell) => ({
        run: (argv, { deadline, stdin = '' }) => shell.run(argv, { deadline, stdin }),
      })),
    caughtBy: 'bounds what a command may say',
    reason: /^Bound of 1000 bytes not kept/,
  },
  {
    name: 'a stream that loses its end',
    lie: (target) =>
      withShell(target, (shell) => ({
        async *stream(script, parameters, options) {
          for await (const chunk of shell.stream(script, parameters, options)) yield chunk.subarray(0, -1);
        },
      })),
    caughtBy: 'streams what a script says, whole',
    reason: /^Stream not whole/,
  },
  {
    name: 'a shell that outlives its deadline',
    lie: (target) => withShell(target, (shell) => ({ run: (argv, options) => shell.run(argv, options).catch(never) })),
    caughtBy: 'keeps the deadline of a command, and ends when a person aborts',
    reason: /^Hung: a command that sleeps/,
  },
];
