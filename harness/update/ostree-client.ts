import type { Deadline } from '../device/deadline.ts';
import type { Shell, ShellResult } from '../device/shell.ts';
import type { ClientResult, FinalizeUnit, StageRequest, UpdateClient } from './update-client.ts';

const remote = 'bootproof';
const stateroot = 'bootproof';

/**
 * Marks stand around each step, so that a recording shows its phases in order with the writes. The script ends at the first
 * step that fails, with that step's status. Parameters: URL, branch, kernel arguments.
 */
const stageScript = `
url=$1 branch=$2
shift 2
mark() { [ ! -x /run/bootproof/mark ] || /run/bootproof/mark "$@"; }
mark pull begin
ostree pull --url "$url" ${remote} "$branch" || exit $?
mark pull end
mark stage begin
for karg; do set -- "$@" "--karg-append=$karg"; shift; done
ostree admin deploy --stage --os=${stateroot} "$@" "${remote}:$branch" || exit $?
mark stage end
`;

/** Said when the changes have been found and none is copied yet (ostree 2025.2, merge_configuration_from). bootc leaves it to ostree too. */
export const ostreeFinalize: FinalizeUnit = {
  name: 'ostree-finalize-staged.service',
  message: 'Copying /etc changes',
};

/** Plain ostree: `pull`, then `admin deploy --stage`; finalize runs at shutdown. Rollback is \`admin set-default\` (2025.2), which rewrites the entries at once. */
export const ostreeClient: UpdateClient = {
  name: 'ostree',

  async stage(shell: Shell, { branch, url, kargs, deadline, onOutput }: StageRequest): Promise<ClientResult> {
    return result(
      await shell.script(stageScript, [url, branch, ...kargs], {
        deadline,
        maxBytes: 64 * 1024,
        ...(onOutput ? { onOutput: (chunk: Buffer) => onOutput(chunk.toString('utf8')) } : {}),
      }),
    );
  },

  async rollback(shell: Shell, deadline: Deadline, index = 1): Promise<ClientResult> {
    const script = `
      mark() { [ ! -x /run/bootproof/mark ] || /run/bootproof/mark "$@"; }
      mark boot-swap begin
      ostree admin set-default "$1" || exit $?
      mark boot-swap end`;
    return result(await shell.script(script, [String(index)], { deadline, maxBytes: 64 * 1024 }));
  },

  rollbackCommand: (index) => ['ostree', 'admin', 'set-default', String(index)],

  async cleanup(shell: Shell, deadline: Deadline): Promise<ClientResult> {
    return result(await shell.run(['ostree', 'admin', 'cleanup'], { deadline, maxBytes: 64 * 1024 }));
  },

  unlockUsr: ['ostree', 'admin', 'unlock'],

  processIn(phase: string): string | undefined {
    return { pull: 'ostree pull', stage: 'ostree admin deploy' }[phase];
  },

  finalizes: ostreeFinalize,
};

function result({ exitCode, stdout, stderr, durationMs }: ShellResult): ClientResult {
  const output = `${stdout.toString('utf8')}${stderr.toString('utf8')}`;
  return { exitCode, saidSuccess: exitCode === 0, output, durationMs };
}
