import { cpus, loadavg } from 'node:os';
import { measureBoots, median, type BootTime } from './boot-time.ts';
import { measureExploration, type ExploreRate } from './explore-rate.ts';

/**
 * `npm run bench [boot | explore [RECORDING]]`: what a person waits for, with its parts, and the explorer against the naive way. Machines are
 * noisy: compare within one run.
 */

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

const runs = 5;
const naiveStates = 40;

async function boots(): Promise<void> {
  process.stdout.write('boot time in seconds\n');
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
}

async function exploration(recording?: string): Promise<void> {
  process.stdout.write('\ncrash states of one update, bound drop1, both views and all offline oracles\n');
  process.stdout.write(rateText(await measureExploration(naiveStates, recording)));
}

function rateText({ naive, explored, peakRssBytes }: ExploreRate): string {
  const { enumerated, unique, pruned, ms } = explored;
  const perSecond = (states: number, tookMs: number): number => (states * 1000) / tookMs;
  const distinct = enumerated - pruned['same-content'] - pruned.journal;
  const rates = [
    ['naive: rebuilt and read whole, one thread', naive.states, perSecond(naive.states, naive.ms)],
    ['explorer, two threads: all within the bound', enumerated, perSecond(enumerated, ms)],
    ['  of them with contents of their own', distinct, perSecond(distinct, ms)],
    ['  of them read anew, not known from others', unique, perSecond(unique, ms)],
  ] as const;
  const rows = rates.map(
    ([name, states, rate]) =>
      `${name.padEnd(44)} ${String(states).padStart(6)} states ${rate.toFixed(1).padStart(8)}/s ${(rate / rates[0][2]).toFixed(1).padStart(7)} x naive`,
  );
  return `${rows.join('\n')}\npeak memory ${Math.round(peakRssBytes / 2 ** 20)} MiB\n`;
}

const [what, recording, ...more] = process.argv.slice(2);
const parts = what === undefined ? ['boot', 'explore'] : [what];
if (more.length > 0 || !parts.every((part) => part === 'explore' || (part === 'boot' && recording === undefined))) {
  process.stderr.write('usage: npm run bench [-- boot | -- explore [RECORDING]]\n');
  process.exit(2);
}
process.stdout.write(`${cpus().length} cores, load ${loadavg()[0]!.toFixed(1)} before\n`);
if (parts.includes('boot')) await boots();
if (parts.includes('explore')) await exploration(recording);
