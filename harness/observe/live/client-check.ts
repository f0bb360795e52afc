import type { Observation } from '../observation.ts';

type ClientCheck = NonNullable<Observation['clientCheck']>;

/**
 * The update client's own check of what it keeps, where it has one: `bootc internals fsck` (experimental in bootc; 1.1 and newer) looks at fs-verity
 * of every object. It ends with a line of its own: what else the device prints cannot be taken for its status.
 */
export const clientCheckScript =
  'command -v bootc >/dev/null && { timeout 60 bootc internals fsck; echo "client-check exit $?"; }';

/** Of a command line that it does not know (clap): it has no such check. */
const unknownCommand = 2;
const timedOut = 124;

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
    command: 'bootc internals fsck',
    outcome: status === '0' ? 'clean' : Number(status) === timedOut ? 'not-ended' : 'problems',
    problems: status === '0' ? [] : problems.slice(0, 20),
  };
}
