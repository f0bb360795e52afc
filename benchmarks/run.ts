import { cpus, loadavg } from 'node:os';
import { measureBoots, median, type BootTime } from './boot-time.ts';

/** `npm run bench`: what a person waits for, in seconds, with its parts. Machines are noisy: compare within one run. */

const partNames = ['firmwareMs', 'bootLoaderMs', 'kernelMs', 'initramfsMs'] as const;
const seconds = (ms: number | undefined): string => (ms === undefined ? '   -' : (ms / 1000).toFixed(1).padStart(4));

const minus = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a - b;

function row(name: string, { totalMs, parts }: BootTime): string {
  const shown = partNames.map((part) => parts[part]);
  // SSH may answer before the console offers a login: what is left of the whole is userspace.
  const userspace = shown.reduce<number | undefined>((left, part) => minus(left, part), totalMs);
  return `${name.padEnd(22)} ${seconds(totalMs)}   ${[...shown, userspace].map(seconds).join('  ')}`;
}

const runs = Number(process.argv[2] ?? 5);
process.stdout.write(`boot time in seconds, ${cpus().length} cores, load ${loadavg()[0]!.toFixed(1)} before\n`);
process.stdout.write(`${''.padEnd(22)} total  firm  grub  kern  init  user (to a nonce answered over SSH)\n`);
const medians: number[] = [];
for (const [name, start] of [
  ['normal boot of v1', ['v1']],
  ['first boot of v2', ['v1', 'v2']],
] as const) {
  const times = await measureBoots(start, runs, (time) => process.stdout.write(`${row(name, time)}\n`));
  const parts = Object.fromEntries(
    partNames.flatMap((part) => {
      const values = times.flatMap(({ parts: each }) => each[part] ?? []);
      return values.length === 0 ? [] : [[part, median(values)]];
    }),
  );
  const middle = { totalMs: median(times.map(({ totalMs }) => totalMs)), parts };
  medians.push(middle.totalMs);
  process.stdout.write(`${row(`median of ${runs}`, middle)}\n`);
}
process.stdout.write(`first boot of v2 / normal boot of v1: ${(medians[1]! / medians[0]!).toFixed(2)}\n`);
