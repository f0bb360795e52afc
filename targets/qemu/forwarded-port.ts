import type { Deadline } from '../../harness/device/deadline.ts';
import { BenchError } from '../../harness/errors/harness-error.ts';
import type { QmpClient } from './qmp.ts';

/** The loopback port that the kernel chose for the guest's port 22. QMP has no command for it: it stands in the monitor's `info usernet`. */
export async function forwardedPort(qmp: QmpClient, deadline: Deadline): Promise<number> {
  const text = await qmp.execute('human-monitor-command', { 'command-line': 'info usernet' }, deadline);
  const port = parseForwardedPort(String(text));
  if (port === undefined)
    throw new BenchError('No forwarded port in the answer of QEMU to `info usernet`', {
      code: 'qemu-port-unknown',
      details: { answer: String(text).slice(0, 1000) },
    });
  return port;
}

/** A row is `TCP[HOST_FORWARD]  FD  SOURCE PORT  DESTINATION PORT ...`. */
export function parseForwardedPort(text: string): number | undefined {
  const row = /TCP\[HOST_FORWARD\]\s+\d+\s+127\.0\.0\.1\s+(\d+)\s+\S+\s+22\s/.exec(text);
  const port = Number(row?.[1]);
  return port > 0 && port < 65536 ? port : undefined;
}
