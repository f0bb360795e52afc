import { withConsole } from './delegate.ts';
import type { Liar } from './lying.ts';

const whole = 'gives the console of the device that the shell is on, whole';

/** Every 50th chunk is treated otherwise. */
function sometimes(change: (chunk: Buffer) => readonly Buffer[]): (chunk: Buffer) => readonly Buffer[] {
  let count = 0;
  return (chunk) => ((count += 1) % 50 === 0 ? change(chunk) : [chunk]);
}

export const lyingConsoles: readonly Liar[] = [
  {
    name: 'a console that is silent',
    lie: (target) => withConsole(target, () => []),
    caughtBy: 'gives console bytes from power-on',
    reason: /^No console byte after power-on$/,
  },
  {
    name: 'a console that drops bytes',
    lie: (target) =>
      withConsole(
        target,
        sometimes((chunk) => [chunk.subarray(0, chunk.length >> 1)]),
      ),
    caughtBy: whole,
    reason: /^Console lost [1-9]\d* of 200 lines$/,
  },
  {
    name: 'a console that repeats itself',
    lie: (target) =>
      withConsole(
        target,
        sometimes((chunk) => [chunk, chunk]),
      ),
    caughtBy: whole,
    reason: /^Console repeated lines$/,
  },
];
