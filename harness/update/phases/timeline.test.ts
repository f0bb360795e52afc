import { expect } from 'chai';
import fc from 'fast-check';
import type { PhaseMark } from './marks.ts';
import { Timeline, type TimelineSource } from './timeline.ts';

const marksAt = (list: [string, 'begin' | 'end', number][]): PhaseMark[] =>
  list.map(([phase, edge, logIndex], seq) => ({ seq, phase, edge, text: '', logIndex }));
const show = (source: Partial<TimelineSource>): string =>
  new Timeline({ marks: [], resets: [], length: 100, ...source }).windows
    .map(({ phase, from, to }) => `${phase} ${from}-${to}`)
    .join(', ');

describe('timeline of an update', () => {
  const marks = marksAt([
    ['pull', 'begin', 0],
    ['pull', 'end', 10],
    ['stage', 'begin', 11],
    ['stage', 'end', 20],
    ['finalize', 'begin', 30],
    ['finalize', 'end', 50],
    ['boot-complete', 'begin', 70],
    ['boot-complete', 'end', 75],
    ['cleanup', 'begin', 80],
    ['cleanup', 'end', 85],
  ]);
  const bootSwap = { phase: 'boot-swap', from: 35, to: 45 } as const;

  it('has every phase, the swap inside finalize, and none between them', () => {
    expect(show({ marks, resets: [60], bootSwap })).to.equal(
      'pull 1-11, stage 12-21, finalize 31-35, boot-swap 35-45, finalize 45-51, reboot 51-60, first-boot 60-71, boot-complete 71-76, cleanup 81-86',
    );
  });

  it('tells in which phase a cut hits', () => {
    const timeline = new Timeline({ marks, resets: [60], bootSwap, length: 100 });
    const hits = [0, 1, 10, 11, 34, 35, 44, 45, 59, 60, 100].map((position) => timeline.phaseAt(position));
    expect(hits).to.deep.equal([
      undefined,
      'pull',
      'pull',
      undefined,
      'finalize',
      'boot-swap',
      'boot-swap',
      'finalize',
      'reboot',
      'first-boot',
      undefined,
    ]);
    expect(timeline.window('finalize')).to.deep.equal({ phase: 'finalize', from: 31, to: 35 });
    expect(timeline.window('import')).to.equal(undefined);
  });

  it('lets the swap last beyond finalize', () => {
    expect(show({ marks, resets: [60], bootSwap: { ...bootSwap, to: 58 } })).to.include(
      'finalize 31-35, boot-swap 35-58, reboot 58-60',
    );
  });

  it('ends a phase without an end mark at the reset, or with the log', () => {
    expect(show({ marks: marksAt([['pull', 'begin', 5]]), resets: [40] })).to.equal('pull 6-40');
    expect(show({ marks: marksAt([['pull', 'begin', 5]]) })).to.equal('pull 6-101');
    expect(show({ marks: marks.slice(0, 5) })).to.include('finalize 31-101');
  });

  it('does not take an end mark behind a reset for the end of what ran before it', () => {
    const late = marksAt([
      ['pull', 'begin', 5],
      ['pull', 'end', 50],
    ]);
    expect(show({ marks: late, resets: [40] })).to.equal('pull 6-40');
  });

  it('has a first boot to the end of the log when it never completes, or to the next reset', () => {
    expect(show({ marks: marks.slice(0, 6), resets: [60], bootSwap })).to.match(/first-boot 60-101$/);
    expect(show({ marks: marks.slice(0, 6), resets: [60, 80], bootSwap })).to.match(/first-boot 60-80$/);
  });

  it('keeps both windows of a phase that came twice, and leaves out what it does not know', () => {
    const twice = marksAt([
      ['pull', 'begin', 1],
      ['pull', 'end', 2],
      ['coffee', 'begin', 3],
      ['pull', 'begin', 4],
      ['pull', 'end', 6],
    ]);
    expect(show({ marks: twice })).to.equal('pull 2-3, pull 5-7');
  });

  it('prefers the swap to a marked phase that covers the same positions', () => {
    const marks = marksAt([
      ['stage', 'begin', 30],
      ['stage', 'end', 39],
    ]);
    expect(show({ marks, bootSwap: { phase: 'boot-swap', from: 31, to: 40 } })).to.equal('boot-swap 31-40');
  });

  it('has windows that are in order and never overlap, and the swap wherever no mark interrupts it, whatever the marks say', () => {
    const one = fc.tuple(
      fc.constantFrom('pull', 'stage', 'finalize', 'reboot', 'first-boot', 'cleanup'),
      fc.constantFrom('begin' as const, 'end' as const),
      fc.nat({ max: 99 }),
    );
    fc.assert(
      fc.property(
        fc.array(one, { maxLength: 12 }),
        fc.array(fc.nat({ max: 100 }), { maxLength: 3 }),
        fc.nat({ max: 90 }),
        (list, resets, from) => {
          const timeline = new Timeline({
            marks: marksAt(list.sort((a, b) => a[2] - b[2])),
            resets: resets.sort((a, b) => a - b),
            length: 100,
            bootSwap: { phase: 'boot-swap', from, to: from + 9 },
          });
          timeline.windows.forEach((window, i, windows) => {
            expect(window.from).to.be.lessThan(window.to);
            if (i > 0) expect(window.from).to.be.at.least(windows[i - 1]!.to);
          });
          const interrupted = (position: number) =>
            list.some(([, edge, at]) => edge === 'begin' && from <= at + 1 && at + 1 <= position);
          for (let position = from; position < from + 9; position++)
            if (!interrupted(position)) expect(timeline.phaseAt(position)).to.equal('boot-swap');
        },
      ),
    );
  });
});
