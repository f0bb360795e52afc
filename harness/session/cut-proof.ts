import type { DeviceConsole } from '../console/console.ts';
import type { Deadline } from '../device/deadline.ts';
import type { CutReceipt } from '../device/power.ts';
import type { Shell } from '../device/shell.ts';
import type { Target } from '../device/target.ts';
import { BenchError, DeadlineError } from '../errors/harness-error.ts';

interface CutProofLimits {
  /** How long a device that runs may take to answer on a connection that is open already. */
  readonly answerMs: number;
  /** How long the console has to be silent. */
  readonly silenceMs: number;
}

/**
 * That the power is gone, shown without the adapter's receipt: sensed off, no answer on a connection that was good before the cut, and no
 * byte on the console since. Gives what was seen, one fact a line. @throws BenchError `cut-not-proven`.
 */
export async function proveCut(
  { target, console, shell }: { readonly target: Target; readonly console: DeviceConsole; readonly shell: Shell },
  receipt: CutReceipt,
  deadline: Deadline,
  { answerMs, silenceMs }: CutProofLimits = { answerMs: 5000, silenceMs: 1000 },
): Promise<string[]> {
  const sensed = await target.power.sense();
  if (sensed !== 'off') throw notProven(`power is sensed ${sensed}`, target, receipt);
  if (await answers(shell, deadline.within('no answer', answerMs)))
    throw notProven('the device answers on the connection it had', target, receipt);
  const from = console.length;
  if (await speaks(console, from, deadline.within('a silent console', silenceMs)))
    throw notProven(`${console.length - from} bytes came on the console`, target, receipt);
  return ['power sensed off', 'no answer on the open connection', `console silent for ${silenceMs} ms`];
}

async function answers(shell: Shell, deadline: Deadline): Promise<boolean> {
  try {
    const { exitCode } = await shell.run(['true'], { deadline });
    return exitCode !== null;
  } catch (error) {
    // Refused by an sshd is an answer too.
    if (error instanceof BenchError && error.code === 'channel-refused') return true;
    if (error instanceof DeadlineError) return false;
    throw error;
  }
}

async function speaks(console: DeviceConsole, from: number, deadline: Deadline): Promise<boolean> {
  try {
    await console.expect([{ name: 'byte', pattern: /[^]/ }], { from, deadline });
    return true;
  } catch (error) {
    if (error instanceof DeadlineError) return false;
    throw error;
  }
}

function notProven(why: string, target: Target, receipt: CutReceipt): BenchError {
  return new BenchError(`Power not lost after a cut, ${why}: ${target.name}`, {
    code: 'cut-not-proven',
    hint: 'the receipt says that it was: check what the bench switches',
    details: { receipt },
  });
}
