import type { CommitPosition } from '../judge/transition.ts';
import type { Deployment } from '../observe/observation.ts';
import type { Fault } from '../scenario/api.ts';
import type { ClientResult } from '../update/update-client.ts';
import type { DeviceSession } from './device-session.ts';
import { during, missed, outcome, withoutEffect, type Disturbed } from './fault-trigger.ts';
import { killAtFinalize } from './finalize-kill.ts';
import type { SessionImage } from './image-source.ts';

/** Kills by pid, found by its command line: a shell that runs the client must not be taken for it. */
const killScript = `
for dir in /proc/[0-9]*; do
  line=$(tr '\\000' ' ' < "$dir/cmdline" 2>/dev/null) || continue
  case $line in "$1 "*) kill -KILL "\${dir#/proc/}" && echo "\${dir#/proc/}";; esac
done`;

/** Kills the update client in the middle of a phase. @throws BenchError `fault-without-effect`. */
export async function killClient(
  session: DeviceSession,
  fault: Fault,
  stage: () => Promise<ClientResult>,
  to: SessionImage,
): Promise<Disturbed> {
  const { client: updateClient } = session.environment;
  if (fault.at === 'finalize' && updateClient.finalizes) return killAtFinalize(session, fault, updateClient.finalizes);
  const command = updateClient.processIn(fault.at);
  if (command === undefined) throw withoutEffect(fault, `${updateClient.name} has no process of its own there`);
  const [client, killed] = await during(session, fault, stage, async () => {
    const answer = await session.device.current.shell.script(killScript, [command], {
      deadline: session.limit('canaries'),
    });
    return answer.stdout.toString('utf8').trim().split('\n').filter(Boolean);
  });
  if (killed.length === 0 || client.exitCode === 0) throw missed(fault, `no process ${command} was killed`);
  const staged = fault.at === 'stage' ? await session.observe('staged', true) : undefined;
  const position = staged ? positionOfKill(staged.deployments, to.commit) : 'before-commit';
  session.steps.note('fault', { kind: fault.kind, pids: killed, exitCode: client.exitCode, position });
  return { client, rebooted: false, ...(staged ? { staged } : {}), outcome: outcome(fault, fault.at, position) };
}

/**
 * On which side of the stage a kill in it fell: a client has more to do in this phase than to stage (bootc 1.6.0 tidies up), and what is staged then is
 * finalized at the shutdown like any other.
 */
export function positionOfKill(
  deployments: readonly Pick<Deployment, 'staged' | 'checksum'>[],
  commit: string,
): Extract<CommitPosition, 'none' | 'before-commit'> {
  const isStaged = deployments.some(({ staged, checksum }) => staged && checksum === commit);
  return isStaged ? 'none' : 'before-commit';
}
