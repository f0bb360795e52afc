import type { Deadline } from '../device/deadline.ts';
import type { Shell, ShellResult } from '../device/shell.ts';
import { BenchError, CapabilityError, UsageError } from '../errors/harness-error.ts';
import { parseBootcStatus, type BootcStatus } from './bootc-status.ts';
import { ostreeFinalize } from './ostree-client.ts';
import type { ClientResult, StageRequest, UpdateClient } from './update-client.ts';

const maxOutputBytes = 64 * 1024;
const maxStatusBytes = 2 * 1024 * 1024;

/**
 * Runs bootc with its progress on a pipe (1.1 and newer; it refuses anything else), which shows where the pull ends and staging begins. A
 * bootc that does not know the option says so before it does anything, and is asked again without; its phases are then not told apart
 * before it has ended. Parameters: bootc's own.
 */
export const bootcStageScript = `
mark() { [ ! -x /run/bootproof/mark ] || /run/bootproof/mark "$@"; }
state=$(mktemp /run/bootproof-client.XXXXXX) || exit 125
phases() {
  if grep -q -m1 '"task":"staging"'; then
    mark pull end
    mark stage begin
  fi
  cat >/dev/null
}
mark pull begin
{ { bootc "$@" --progress-fd 3 3>&1 1>&6 2>&7; echo $? >"$state"; } | phases; } 6>&1 7>&2
status=$(cat "$state")
rm -f "$state"
if [ "$status" = 2 ]; then
  bootc "$@" || exit $?
  mark pull end
  mark stage begin
elif [ "$status" != 0 ]; then
  exit "$status"
fi
mark stage end
`;

export const bootcRollbackScript = `
mark() { [ ! -x /run/bootproof/mark ] || /run/bootproof/mark "$@"; }
mark boot-swap begin
bootc rollback || exit $?
mark boot-swap end`;

/**
 * What bootc-fetch-apply-updates.service does (1.6.0), without its --apply: a oneshot, so that its start is over when it has ended. `--wait`
 * would want a message bus, which a device need not have.
 */
const bootcTimerScript = `
unit=bootproof-timer
systemd-run --quiet --collect --service-type=oneshot --unit=$unit bootc upgrade --quiet
status=$?
journalctl -q -b -o cat --no-pager -u $unit
exit $status`;

/** `bootc` itself and not its shell; it starts anew under this path, in a mount namespace of its own. */
const clientPath = '/usr/bin/bootc';

/**
 * bootc over a registry. It pulls and stages in one process; finalize is ostree's, at shutdown. Whether an update is a `switch` or an
 * `upgrade` follows from the reference that the device reports to follow. `referenceOf`: the image reference of a branch.
 */
export function bootcClient(referenceOf: (branch: string) => string): UpdateClient {
  return {
    name: 'bootc',

    async stage(
      shell: Shell,
      { branch, switches = false, kargs, deadline, onOutput }: StageRequest,
    ): Promise<ClientResult> {
      if (kargs.length > 0) {
        throw new CapabilityError('bootc sets no kernel arguments with an update', {
          code: 'no-kernel-arguments',
          hint: 'kernel arguments of a bootc device come from /usr/lib/bootc/kargs.d of its image',
        });
      }
      const reference = checkedReference(referenceOf(branch));
      const follows = switches ? undefined : (await readBootcStatus(shell, deadline)).spec.image?.image;
      const argv = follows === reference ? ['upgrade'] : ['switch', reference];
      return result(
        await shell.script(bootcStageScript, argv, {
          deadline,
          maxBytes: maxOutputBytes,
          ...(onOutput ? { onOutput: (chunk: Buffer) => onOutput(chunk.toString('utf8')) } : {}),
        }),
      );
    },

    async rollback(shell: Shell, deadline: Deadline, index = 1): Promise<ClientResult> {
      refuseOther(index);
      return result(await shell.script(bootcRollbackScript, [], { deadline, maxBytes: maxOutputBytes }));
    },

    rollbackCommand(index: number): readonly string[] {
      refuseOther(index);
      return ['bootc', 'rollback'];
    },

    async cleanup(shell: Shell, deadline: Deadline): Promise<ClientResult> {
      return result(await shell.run(['bootc', 'internals', 'cleanup'], { deadline, maxBytes: maxOutputBytes }));
    },

    async timerUpdate(shell: Shell, deadline: Deadline): Promise<ClientResult> {
      return result(await shell.script(bootcTimerScript, [], { deadline, maxBytes: maxOutputBytes }));
    },

    unlockUsr: ['bootc', 'usr-overlay'],

    processIn(phase: string): string | undefined {
      return { pull: clientPath, stage: clientPath }[phase];
    },

    finalizes: ostreeFinalize,
  };
}

/** bootc has a verb for the system before, and none for any other. @throws CapabilityError `no-rollback-to`. */
function refuseOther(index: number): void {
  if (index === 1) return;
  throw new CapabilityError(`bootc rolls back to the system before alone, not to deployment ${index}`, {
    code: 'no-rollback-to',
  });
}

/** @throws BenchError `connection-lost`, `bootc-status-failed`; what `parseBootcStatus` throws. */
export async function readBootcStatus(shell: Shell, deadline: Deadline): Promise<BootcStatus> {
  const argv = ['bootc', 'status', '--json', '--format-version=1'];
  const { exitCode, stdout, stderr } = await shell.run(argv, { deadline, maxBytes: maxStatusBytes });
  if (exitCode === 0) return parseBootcStatus(stdout);
  const said = stderr.toString('utf8').trim().slice(-500);
  throw new BenchError(`${exitCode === null ? 'Connection lost' : `Exit status ${exitCode}`}: bootc status`, {
    code: exitCode === null ? 'connection-lost' : 'bootc-status-failed',
    hint: said === '' ? 'is bootc on the device?' : said,
    details: { exitCode, stderr: said, benchUsable: exitCode !== null },
  });
}

/** As containers' grammar has it, tag or digest last: nothing that a shell or an option parser could take for its own. */
const grammar =
  /^[a-zA-Z0-9][a-zA-Z0-9.-]*(:\d{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@sha256:[0-9a-f]{64})?$/;

/** @throws UsageError `not-a-reference`. */
export function checkedReference(reference: string): string {
  if (reference.length <= 512 && grammar.test(reference)) return reference;
  throw new UsageError(`Not an image reference: ${JSON.stringify(reference.slice(0, 120))}`, {
    code: 'not-a-reference',
    hint: 'HOST[:PORT]/NAME[:TAG][@sha256:DIGEST]',
  });
}

function result({ exitCode, stdout, stderr, durationMs }: ShellResult): ClientResult {
  const output = `${stdout.toString('utf8')}${stderr.toString('utf8')}`;
  return { exitCode, saidSuccess: exitCode === 0, output, durationMs };
}
