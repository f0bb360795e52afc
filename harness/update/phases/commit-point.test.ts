import { expect } from 'chai';
import fc from 'fast-check';
import { entriesTouching, flushesOf } from './block-log.ts';
import { bootSwapWindow, findCommit, positionOf, type CommitSearch, type DiskView } from './commit-point.ts';
import { MemoryLog } from './memory-log.ts';

/** Choices by the index from which each holds. */
type Course = [number, string | undefined][];
const at = (course: Course, index: number): string | undefined => course.filter(([from]) => from <= index).at(-1)?.[1];
const search = (
  courses: Record<DiskView, Course>,
  options: Partial<CommitSearch> = {},
): ReturnType<typeof findCommit> =>
  findCommit({
    candidates: Array.from({ length: 1000 }, (_, i) => i),
    choiceAt: (view, index) => at(courses[view], index),
    flushes: [300, 500, 700, 900],
    ...options,
  });

describe('commit point', () => {
  const plain: Record<DiskView, Course> = {
    kernel: [
      [-1, 'old'],
      [400, 'new'],
    ],
    firmware: [
      [-1, 'old'],
      [550, 'new'],
    ],
  };

  it('is issued with the first view that picks the new one, and flushed after the last', () => {
    const { commit, changes, monotone, exhaustive } = search(plain);
    expect(commit).to.deep.equal({ choice: 'new', issued: 400, flushed: 700 });
    expect(changes).to.deep.equal([
      { view: 'kernel', index: 400, from: 'old', to: 'new' },
      { view: 'firmware', index: 550, from: 'old', to: 'new' },
    ]);
    expect({ monotone, exhaustive }).to.deep.equal({ monotone: true, exhaustive: false });
  });

  it('reads few states where the choice changes once', () => {
    expect(search(plain, { samples: 2 }).statesRead).to.be.at.most(2 * 14);
    expect(search(plain, { samples: 2 }).commit?.issued).to.equal(400);
  });

  it('is not flushed by a flush that is the change itself, nor before it', () => {
    const course: Course = [
      [-1, 'old'],
      [700, 'new'],
    ];
    expect(search({ kernel: course, firmware: course }).commit).to.deep.equal({
      choice: 'new',
      issued: 700,
      flushed: 900,
    });
  });

  it('is never flushed while a view stays old', () => {
    const { commit, monotone } = search({ ...plain, firmware: [[-1, 'old']] });
    expect(commit).to.deep.equal({ choice: 'new', issued: 400, flushed: undefined });
    expect(monotone).to.equal(true);
  });

  it('reports every change of a choice that goes there and back, and counts the last', () => {
    const wavering: Course = [
      [-1, 'old'],
      [200, 'new'],
      [450, undefined],
      [610, 'new'],
    ];
    const { commit, changes, monotone } = search({ ...plain, firmware: wavering });
    expect(changes.filter(({ view }) => view === 'firmware').map(({ index }) => index)).to.deep.equal([200, 450, 610]);
    expect(commit).to.deep.equal({ choice: 'new', issued: 200, flushed: 700 });
    expect(monotone).to.equal(false);
  });

  it('sees the shortest change when it looks at every candidate', () => {
    const flicker: Course = [
      [-1, 'old'],
      [203, undefined],
      [204, 'old'],
      [400, 'new'],
    ];
    const { changes, exhaustive } = search({ ...plain, firmware: flicker }, { samples: 1001 });
    expect(exhaustive).to.equal(true);
    expect(changes.map(({ index }) => index)).to.deep.equal([203, 204, 400, 400]);
  });

  it('finds none where nothing changes, nothing was written, or another choice was made', () => {
    const still: Record<DiskView, Course> = { kernel: [[-1, 'old']], firmware: [[-1, 'old']] };
    expect(search(still)).to.deep.include({ commit: undefined, changes: [], monotone: true });
    expect(search(plain, { candidates: [] })).to.deep.include({ commit: undefined, changes: [], statesRead: 0 });
    expect(search(plain, { expected: 'newer' }).commit).to.equal(undefined);
  });

  it('looks at the state before the first candidate', () => {
    const asked: number[] = [];
    const first: Course = [
      [-1, 'old'],
      [40, 'new'],
    ];
    const { commit } = search(
      { kernel: first, firmware: first },
      { candidates: [40, 50], choiceAt: (_, index) => (asked.push(index), at(first, index)) },
    );
    expect(commit?.issued).to.equal(40);
    expect(Math.min(...asked)).to.equal(39);
  });

  it('finds a single change wherever it is', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 999 }),
        fc.nat({ max: 999 }),
        fc.integer({ min: 2, max: 40 }),
        (kernel, firmware, samples) => {
          const { commit } = search(
            {
              kernel: [
                [-1, 'old'],
                [kernel, 'new'],
              ],
              firmware: [
                [-1, 'old'],
                [firmware, 'new'],
              ],
            },
            { samples },
          );
          expect(commit?.issued).to.equal(Math.min(kernel, firmware));
          expect(commit?.flushed).to.equal([300, 500, 700, 900].find((flush) => flush > Math.max(kernel, firmware)));
        },
      ),
    );
  });

  describe('in a log', () => {
    const boot = { firstSector: 100, sectors: 10 };
    const log = new MemoryLog();
    log.write(105);
    log.write(10);
    log.flush();
    log.write(109);
    log.write(110);
    log.discard(95, 6);
    log.write(20, 'x', 1);

    it('can only stand where the partition is touched', () => {
      expect(entriesTouching(log, [boot])).to.deep.equal([0, 3, 5]);
      expect(entriesTouching(log, [boot, { firstSector: 10, sectors: 1 }], 1, 5)).to.deep.equal([1, 3]);
      expect(flushesOf(log)).to.deep.equal([2, 6]);
    });

    it('has its swap from the first write to the boot partition behind the last one to the root partition', () => {
      const window = (finalizeFrom: number, issued: number, flushed?: number): [number, number] => {
        const { from, to } = bootSwapWindow(log, {
          bootPartition: boot,
          rootPartition: { firstSector: 10, sectors: 1 },
          finalizeFrom,
          commit: { choice: 'new', issued, flushed },
          end: 99,
        });
        return [from, to];
      };
      expect(window(1, 5, 6)).to.deep.equal([3, 7]);
      expect(window(0, 5), 'a kernel copied before the root is durable is none of it').to.deep.equal([3, 99]);
      expect(window(0, 1), 'nothing before the commit touches the boot partition').to.deep.equal([0, 99]);
      expect(window(4, 4, 6)).to.deep.equal([4, 7]);
    });
  });

  it('tells where a cut stands to it', () => {
    const commit = { choice: 'new', issued: 10, flushed: 20 };
    expect(positionOf(commit, { entry: 10 })).to.equal('before-commit');
    expect(positionOf(commit, { entry: 10, landed: [8, 9] })).to.equal('before-commit');
    expect(positionOf(commit, { entry: 8, landed: [10] })).to.equal('commit-issued');
    expect(positionOf(commit, { entry: 11 })).to.equal('commit-issued');
    expect(positionOf(commit, { entry: 20 })).to.equal('commit-issued');
    expect(positionOf(commit, { entry: 21 })).to.equal('commit-flushed');
    expect(positionOf({ ...commit, flushed: undefined }, { entry: 99 })).to.equal('commit-issued');
    expect(positionOf(undefined, { entry: 99 })).to.equal('before-commit');
  });
});
