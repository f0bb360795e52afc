import { RecordedDisk } from '../blocklog/disk-state.ts';
import { seeded, type Seeded } from '../blocklog/seeded.ts';
import type { CrashState } from './crash-state.ts';
import { statesOf, type EnumeratedState, type Enumeration } from './enumeration.ts';
import { EpochPages, writes, type Epoch } from './epoch.ts';
import { EpochTally, type EpochResult, type PruneArgument } from './epoch-result.ts';
import { judgeInFull } from './full-judgement.ts';
import { loggedPages } from './logged-pages.ts';
import type { ObservedState, UnreadableState } from './observed-state.ts';
import { PageVersions } from './page-versions.ts';
import { bootMenuOf } from '../observe/offline/boot-menu.ts';
import { positionOf } from '../update/phases/commit-point.ts';
import { StateObserver } from './state-observer.ts';
import { classOf, judgeState, type StateVerdict } from './state-judge.ts';
import type { ExploreSubject } from './subject.ts';

export interface ExplorerOptions extends Enumeration {
  readonly seed: number;
  /** Share of the pruned states that are judged in full all the same. */
  readonly checkShare: number;
}

/** Explores epochs of one recording, in ascending order. Keeps what it has seen from one epoch to the next. */
export class EpochExplorer {
  readonly disk: RecordedDisk;
  readonly #subject: ExploreSubject;
  readonly #options: ExplorerOptions;
  readonly #versions: PageVersions;
  readonly #pages: EpochPages;
  #observer!: StateObserver;
  /** First entry of the first epoch explored. */
  #from: number | undefined;
  readonly #verdicts = new Map<string, StateVerdict & { readonly class: string }>();

  constructor(subject: ExploreSubject, options: ExplorerOptions) {
    this.#subject = subject;
    this.#options = options;
    this.disk = RecordedDisk.open(subject);
    this.#versions = new PageVersions(this.disk);
    this.#pages = new EpochPages(this.#versions);
  }

  /**
   * An observer for epochs at or after `from`: pages that nobody writes from there on are the same in all their states, and their readings need
   * not be kept.
   */
  #observeFrom(from: number): StateObserver {
    const { log } = this.disk;
    const changing = new Set<number>();
    for (let i = from; i < log.length; i++)
      if (writes(log, i)) for (const page of this.#pages.pagesOf(i)) changing.add(page);
    this.#from = from;
    const { usr, volumes, menu } = this.#subject;
    return new StateObserver({
      versions: this.#versions,
      epochs: this.#pages,
      changing,
      volumes,
      menu: bootMenuOf(menu),
      logged: loggedPages(this.disk, from, [...new Set([volumes.root.partition, volumes.boot.partition])]),
      expectedUsr: (checksum) => (Object.hasOwn(usr, checksum) ? usr[checksum] : undefined),
    });
  }

  /** From here on states of this epoch are judged. */
  enter(epoch: Epoch): void {
    if (this.#from === undefined || epoch.start < this.#from) {
      this.#observer = this.#observeFrom(epoch.start);
      this.#verdicts.clear();
    }
    this.#pages.enter(epoch);
  }

  explore(epoch: Epoch): EpochResult {
    const { log } = this.disk;
    const tally = new EpochTally();
    const random = seeded(this.#options.seed ^ Math.imul(epoch.start + 1, 0x9e3779b1));
    this.enter(epoch);
    const began = performance.now();
    let checkedMs = 0;
    for (const state of statesOf(log, epoch, this.#options)) {
      if (state.entries < this.#subject.range[0] || state.entries > this.#subject.range[1]) continue;
      const { verdict, isNew } = this.judge(state);
      const pruned = isNew ? undefined : this.#argument(epoch, state);
      tally.add(state, { ...verdict, pruned });
      if (pruned && this.#isChecked(random)) {
        const from = performance.now();
        const full = judgeInFull(this.disk, this.#subject, state);
        checkedMs += performance.now() - from;
        tally.checked(state, verdict.class, classOf(full));
      }
    }
    return tally.result(epoch, { judgedMs: performance.now() - began - checkedMs, checkedMs });
  }

  /** The epoch must have been entered. */
  judge(state: CrashState): { verdict: StateVerdict & { readonly class: string }; isNew: boolean } {
    const observed = this.#observer.observe(state);
    const key = this.#keyOf(state, observed);
    const known = this.#verdicts.get(key);
    if (known) return { verdict: known, isNew: this.#observer.computed > 0 };
    const judged = judgeState(this.#subject, state, observed);
    const verdict = { ...judged, class: classOf(judged) };
    this.#verdicts.set(key, verdict);
    return { verdict, isNew: true };
  }

  close(): void {
    this.disk.close();
  }

  /** All that a verdict depends on, in numbers. */
  #keyOf({ entries }: CrashState, observed: ObservedState | UnreadableState): string {
    const { commit, windows, bootedAt = Infinity } = this.#subject;
    const phase = windows.findIndex(({ from, to }) => from <= entries && entries < to);
    const where = `${positionOf(commit, { entry: entries })} ${phase} ${entries > bootedAt}`;
    if ('unreadable' in observed) return `${where} ${observed.unreadable} ${observed.why}`;
    const { firmware, kernel, content, bootedContent, pickedResolvesTo, damage } = observed;
    const numbers = [firmware, kernel, content, bootedContent].map((part) => this.#observer.numberOf(part));
    return `${where} ${numbers.join(' ')} ${pickedResolvesTo} ${damage.join('\n')}`;
  }

  #isChecked(random: Seeded): boolean {
    return random.chance(this.#options.checkShare);
  }

  /** Compared with the state without the loss or, of one without losses, without its last write. */
  #argument(epoch: Epoch, state: EnumeratedState): PruneArgument {
    const { dropped, torn, entries } = state;
    const losses = [...dropped, ...(torn ? [entries - 1] : [])];
    const neighbour: CrashState = losses.length > 0 ? { entries, dropped: [] } : { entries: entries - 1, dropped: [] };
    if (neighbour.entries < epoch.start) return 'known';
    let argument: PruneArgument = 'same-content';
    for (const entry of losses.length > 0 ? losses : [entries - 1])
      for (const page of this.#pages.pagesOf(entry)) {
        if (this.#contentAt(page, state) === this.#contentAt(page, neighbour)) continue;
        if (!this.#observer.isJournal(page)) return 'known';
        argument = 'journal';
      }
    return argument;
  }

  #contentAt(page: number, state: CrashState): number {
    return this.#versions.content(this.#pages.version(page, state));
  }
}
