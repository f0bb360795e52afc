import type { Deadline } from '../../device/deadline.ts';
import type { Shell } from '../../device/shell.ts';
import { DeadlineError } from '../../errors/harness-error.ts';
import type { Observation } from '../observation.ts';

type ClientCheck = NonNullable<Observation['clientCheck']>;

/**
 * The update client's own check of what it keeps, where it has one: `bootc internals fsck` (experimental in bootc; 1.1 and newer) looks at fs-verity
 * of every object. It ends with a line of its own: what else the device prints cannot be taken for its status.
 */
export const clientCheckScript =
  'exec </dev/null 2>&1; command -v bootc >/dev/null && { timeout -k 5 30 bootc internals fsck; echo "client-check exit $?"; }';

/** More than the device gives it by itself: a device that no longer answers must not take the observation with it. */
const limitMs = 60_000;
const command = 'bootc internals fsck';

/** Asks for the check, on its own: what it may hang in is the client's, and not what is observed. undefined: there is none. */
export async function askClientCheck(shell: Shell, deadline: Deadline): Promise<ClientCheck | undefined> {
  const limit = deadline.within('the check of the update client', limitMs);
  try {
    const { stdout } = await shell.script(clientCheckScript, [], { deadline: limit, maxBytes: 64 * 1024 });
    return parseClientCheck(stdout.toString('utf8'));
  } catch (error) {
    if (error instanceof DeadlineError && !deadline.signal.aborted)
      return { command, outcome: 'not-ended', problems: [] };
    throw error;
  }
}

/** Of a command line that it does not know (clap): it has no such check. */
const unknownCommand = 2;
const timedOut = [124, 137];

/** undefined: the device has no client with a check. */
export function parseClientCheck(said: string): ClientCheck | undefined {
  const lines = said
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const [, status] = /^client-check exit (\d{1,3})$/.exec(lines.pop() ?? '') ?? [];
  if (status === undefined || Number(status) === unknownCommand) return undefined;
  const problems = lines.filter((line) => !/^ok: /.test(line)).map((line) => line.slice(0, 500));
  return {
    command,
    outcome: status === '0' ? 'clean' : timedOut.includes(Number(status)) ? 'not-ended' : 'problems',
    problems: status === '0' ? [] : problems.slice(0, 20),
  };
}
