import type { StreamMatch } from '../console/matcher.ts';
import { BenchError, CapabilityError, InternalError } from '../errors/harness-error.ts';
import type { FaultOutcome } from '../judge/transition.ts';
import type { Fault } from '../scenario/api.ts';
import type { ClientResult } from '../update/update-client.ts';
import type { DeviceSession } from './device-session.ts';
import { outcome } from './fault-trigger.ts';

/**
 * Left on the device while it can still be reached: waits until the repository ($1 $2, host and port) no longer answers a connection, does
 * what it was given ($3 and on), says on the console how that ended, and reboots.
 */
const script = `
set -eu
cat > /run/bootproof-alone <<'RUN'
#!/bin/bash
host=$1 port=$2
shift 2
while timeout 2 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$host" "$port" 2>/dev/null; do sleep 0.2; done
printf 'bootproof-alone begin\\r\\n' > /dev/console
"$@"
printf 'bootproof-alone end %s\\r\\n' "$?" > /dev/console
systemctl reboot
RUN
systemd-run --unit=bootproof-alone bash /run/bootproof-alone "$@"
`;

/**
 * Rolls back on a device that has no network from before the rollback until the system that it leads to offers a login on the console. The
 * device itself has shown that it cannot reach the repository: the fault took effect.
 */
export async function rollbackWithoutNetwork(
  session: DeviceSession,
  index: number,
  fault: Fault,
): Promise<{ client: ClientResult; fault: FaultOutcome }> {
  if (fault.kind !== 'network-down') {
    throw new InternalError(`Not a fault of a rollback, unless it is rebuilt from a recording: ${fault.kind}`, {
      code: 'no-such-fault',
    });
  }
  const { target, server, client } = session.environment;
  const command = client.rollbackCommand?.(index);
  if (command === undefined) {
    throw new CapabilityError(`No rollback that is one command: update client ${client.name}`, {
      code: 'no-rollback-command',
    });
  }
  const [host = '', port = ''] = target.hostAddress(server.port).split(':');
  const { console } = session.device;
  const { bootId, shell } = session.device.current;
  const from = console.length;
  const seen = (name: string, pattern: RegExp, start: number): Promise<StreamMatch> =>
    console.expect([{ name, pattern }], { from: start, deadline: session.limit('boot') });
  const left = await shell.script(script, [host, port, ...command], { deadline: session.limit('client') });
  if (left.exitCode !== 0) {
    throw new BenchError('Could not be left on the device: a rollback without network', {
      code: 'fault-without-effect',
      hint: 'it needs bash, timeout and systemd-run',
      details: { benchUsable: true, stderr: left.stderr.toString('utf8').slice(-500) },
    });
  }
  const startedMs = performance.now();
  await target.network('down', session.limit('canaries'));
  session.device.lost();
  try {
    const ended = await seen('the end of the rollback', /bootproof-alone end (\d+)\r/, from);
    const exitCode = Number(ended.groups['1']);
    const durationMs = performance.now() - startedMs;
    const kernel = await seen('the next kernel', /Linux version /, ended.end);
    await seen('a login', /login: /, kernel.end);
    await target.network('up', session.limit('canaries'));
    await session.steps.run('settle', () => session.device.settle(bootId, from, session.limit('boot')));
    return {
      client: { exitCode, saidSuccess: exitCode === 0, output: '', durationMs },
      fault: outcome(fault, 'resolve', 'none'),
    };
  } finally {
    // However this ended, whoever looks at the device next has to reach it.
    await target.network('up', session.limit('canaries')).catch(() => undefined);
  }
}
