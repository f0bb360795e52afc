import { execa } from 'execa';
import type { Deadline } from '../../../harness/device/deadline.ts';
import { BenchError } from '../../../harness/errors/harness-error.ts';

/** What a power command may say. */
const maxBytes = 64 * 1024;

/**
 * Runs a bench's own command, which ends with 0 or has failed. Its output. `secret` is an argument that stands in no message.
 * @throws BenchError `power-command-failed`, DeadlineError.
 */
export async function runCommand(argv: readonly string[], deadline: Deadline, secret?: string): Promise<string> {
  const shown = argv.map((word) => (word === secret ? '***' : word));
  deadline.check();
  const [program = '', ...args] = argv;
  const { exitCode, signal, code, stdout, stderr } = await deadline.race(
    execa(program, args, {
      reject: false,
      stdin: 'ignore',
      cancelSignal: deadline.signal,
      forceKillAfterDelay: 1000,
      maxBuffer: maxBytes,
    }),
  );
  if (exitCode === 0) return `${stdout}\n${stderr}`.trim();
  deadline.check();
  const why =
    code === 'ENOENT' ? 'no such program' : exitCode === undefined ? (signal ?? code) : `exit status ${exitCode}`;
  throw new BenchError(`Power command failed, ${why}: ${shown.join(' ')}`, {
    code: 'power-command-failed',
    hint: stderr.trim().split('\n').at(-1)?.slice(0, 200) || 'run it by hand',
    details: { argv: shown, exitCode, stderr: stderr.slice(-1000) },
  });
}

/** `on` or `off` by what was printed; both or neither is not known. */
export function stateOf(text: string, onPattern: string, offPattern: string): 'on' | 'off' | 'unknown' {
  const isOn = new RegExp(onPattern, 'i').test(text);
  const isOff = new RegExp(offPattern, 'i').test(text);
  if (isOn === isOff) return 'unknown';
  return isOn ? 'on' : 'off';
}
