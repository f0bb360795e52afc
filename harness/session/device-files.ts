import { BenchError, CapabilityError, ProductError } from '../errors/harness-error.ts';
import type { DeviceSession } from './device-session.ts';

/** Files and commands on the running device, for a scenario. */
export interface DeviceCommand {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Durable when this returns. @throws ProductError `write-refused`. */
export async function writeFile(session: DeviceSession, path: string, content: string, mode: number): Promise<void> {
  await session.booted();
  const script = 'set -eu; mkdir -p "$(dirname "$1")"; cat > "$1"; chmod "$2" "$1"; sync "$1" "$(dirname "$1")"';
  const { exitCode, stderr } = await session.device.current.shell.script(script, [path, mode.toString(8)], {
    deadline: session.limit('canaries'),
    stdin: content,
  });
  session.touched();
  if (exitCode !== 0)
    throw new ProductError(`Could not be written: ${path}`, {
      code: 'write-refused',
      details: { stderr: stderr.toString('utf8').slice(-500) },
    });
}

/** undefined: there is no such file. */
export async function readFile(session: DeviceSession, path: string): Promise<string | undefined> {
  await session.booted();
  const { exitCode, stdout } = await session.device.current.shell.run(['cat', '--', path], {
    deadline: session.limit('canaries'),
  });
  return exitCode === 0 ? stdout.toString('utf8') : undefined;
}

/** @throws ProductError `remove-refused`. */
export async function remove(session: DeviceSession, path: string): Promise<void> {
  const { exitCode } = await run(session, ['rm', '-rf', '--', path]);
  if (exitCode !== 0) throw new ProductError(`Could not be removed: ${path}`, { code: 'remove-refused' });
}

/** @throws CapabilityError `usr-stays-locked`: the client refused. What its word is worth shows when /usr is written to. */
export async function unlockUsr(session: DeviceSession): Promise<void> {
  const { client } = session.environment;
  const { exitCode, stderr } = await run(session, client.unlockUsr);
  if (exitCode === 0) return;
  if (exitCode === null) throw new BenchError('Connection lost: /usr was to be unlocked', { code: 'connection-lost' });
  throw new CapabilityError(`No change to /usr at run time: ${client.unlockUsr.join(' ')} ended with ${exitCode}`, {
    code: 'usr-stays-locked',
    hint: stderr.trim().slice(-500) || 'does the image permit it?',
  });
}

/** One command by argv; what came of it is in the record. */
export async function run(session: DeviceSession, argv: readonly string[]): Promise<DeviceCommand> {
  await session.booted();
  session.touched();
  const result = await session.device.current.shell.run(argv, { deadline: session.limit('client') });
  const said = {
    exitCode: result.exitCode,
    stdout: result.stdout.toString('utf8'),
    stderr: result.stderr.toString('utf8'),
  };
  session.steps.note('command', {
    argv,
    exitCode: said.exitCode,
    stdout: said.stdout.slice(-2000),
    stderr: said.stderr.slice(-2000),
  });
  return said;
}
