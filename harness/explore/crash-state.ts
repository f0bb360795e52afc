import { createHash } from 'node:crypto';
import { UsageError } from '../errors/harness-error.ts';
import type { LogWrites } from '../blocklog/log-writes.ts';

/** What the disk could hold at a cut: entries [0, `entries`) of the log without the dropped ones, the last of them perhaps torn. */
export interface CrashState {
  readonly entries: number;
  /** Ascending; all of them written after the last flush before `entries`. */
  readonly dropped: readonly number[];
  /** Sectors of the last entry that landed, [from, to) counted from its first; absent: all of them. */
  readonly torn?: readonly [from: number, to: number];
}

/** `1447.d1440-1443+1445.t0-8`: which state of a log, in words that a shell takes as they are. */
export function stateName({ entries, dropped, torn }: CrashState): string {
  const runs: [number, number][] = [];
  for (const entry of dropped) {
    const last = runs.at(-1);
    if (last && last[1] + 1 === entry) last[1] = entry;
    else runs.push([entry, entry]);
  }
  const lost = runs.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join('+');
  return `${entries}${lost && `.d${lost}`}${torn ? `.t${torn[0]}-${torn[1]}` : ''}`;
}

/**
 * Names states so that they can be told apart, and found again, on every machine: the name, then 12 digits of a hash over the base disk's
 * digest, the ordered list of sector, length and flags of all entries up to the state's last, and the name. Contents are not in it.
 */
export class StateIds {
  /** sha256 after each entry. */
  readonly #chain: Buffer[] = [];
  readonly #log: LogWrites;
  readonly #base: string;

  /** `base`: digest of the base disk, hex. */
  constructor(log: LogWrites, base: string) {
    this.#log = log;
    this.#base = base;
  }

  id(state: CrashState): string {
    const name = stateName(state);
    const digest = createHash('sha256').update(this.#after(state.entries)).update(name).digest('hex');
    return `${name}.${digest.slice(0, 12)}`;
  }

  /** @throws UsageError `state-id` for what is no id, or one of another recording. */
  parse(id: string): CrashState {
    const match = /^(\d{1,9})(?:\.d([\d+-]{1,4000}))?(?:\.t(\d{1,9})-(\d{1,9}))?\.([0-9a-f]{12})$/.exec(id);
    const wrong = (what: string): UsageError =>
      new UsageError(`${what}: ${id.slice(0, 200)}`, {
        code: 'state-id',
        hint: 'an id comes from the report of an exploration of this same recording',
      });
    if (!match) throw wrong('Not the id of a crash state');
    const [, entries, lost, from, to] = match;
    const dropped = (lost ?? '')
      .split('+')
      .filter((run) => run !== '')
      .flatMap((run) => {
        const [first = NaN, last = first] = run.split('-').map(Number);
        if (!(last >= first && last < this.#log.length)) throw wrong('Not the id of a crash state');
        return Array.from({ length: last - first + 1 }, (_, i) => first + i);
      });
    const state: CrashState = {
      entries: Number(entries),
      dropped,
      ...(from === undefined ? {} : { torn: [Number(from), Number(to)] as const }),
    };
    if (state.entries > this.#log.length || this.id(state) !== id) throw wrong('A crash state of another recording');
    return state;
  }

  #after(entries: number): Buffer {
    if (this.#chain.length === 0) this.#chain.push(createHash('sha256').update(this.#base).digest());
    for (let i = this.#chain.length - 1; i < entries; i++) {
      const { sector, sectors, flags } = this.#log.entry(i);
      const words = Buffer.alloc(24);
      words.writeDoubleLE(sector, 0);
      words.writeDoubleLE(sectors, 8);
      words.writeDoubleLE(flags, 16);
      this.#chain.push(createHash('sha256').update(this.#chain[i]!).update(words).digest());
    }
    return this.#chain[entries]!;
  }
}
