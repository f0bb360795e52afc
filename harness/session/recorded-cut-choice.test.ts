import { expect } from 'chai';
import fc from 'fast-check';
import { LogWriter } from '../blocklog/log-writer.ts';
import { LogWrites } from '../blocklog/log-writes.ts';
import { ScratchDirectory } from '../blocklog/scratch-directory.ts';
import type { Fault } from '../scenario/api.ts';
import { chooseRecordedCut, type RecordedCut } from './recorded-cut-choice.ts';
import type { RecordingPhases } from './recorded-update.ts';

/** A recording in letters: w write, f flush. Entry i writes sector 8 * (i + shift). */
const course = 'wwfwwwfwwwwf';
/** finalize, the swap within it, finalize again, reboot. */
const windows = [
  { phase: 'finalize', from: 1, to: 4 },
  { phase: 'boot-swap', from: 4, to: 7 },
  { phase: 'finalize', from: 7, to: 10 },
  { phase: 'reboot', from: 10, to: 13 },
] as const;
const commit = { choice: 'new', issued: 4, flushed: 6 };
const marks = { firstSector: 1_000_000, sectors: 8 };

describe('a cut chosen from a recording', () => {
  let scratch: ScratchDirectory;
  before(() => (scratch = new ScratchDirectory()));
  after(() => scratch.remove());

  const withRecording = <T>({ shift = 0, late = 0 }, use: (log: LogWrites, phases: RecordingPhases) => T): T => {
    const writer = new LogWriter(scratch.file('log'));
    const text = `${'w'.repeat(late)}${course}`;
    [...text].forEach((letter, i) =>
      letter === 'f' ? writer.flush() : writer.write(8 * (i + shift), Buffer.alloc(4096)),
    );
    writer.close();
    const log = LogWrites.open(scratch.file('log'));
    const later = (n: number) => n + late;
    const phases = {
      windows: windows.map(({ phase, from, to }) => ({ phase, from: later(from), to: later(to) })),
      commit: { ...commit, issued: later(commit.issued), flushed: later(commit.flushed) },
      marks,
    } as unknown as RecordingPhases;
    try {
      return use(log, phases);
    } finally {
      log.close();
    }
  };
  const choose = (recording: { shift?: number; late?: number }, at: Fault['at'], seed: number): RecordedCut =>
    withRecording(recording, (log, phases) =>
      chooseRecordedCut({ log, phases, fault: { at }, base: JSON.stringify(recording), seed }),
    );
  const phaseOf = (entry: number) => windows.find(({ from, to }) => from <= entry && entry < to)?.phase;
  const asked = fc.constantFrom<Fault['at']>('finalize', 'boot-swap', 'reboot');

  it('has the same receipt for the same seed on the same recording: entry, flush, lost and landed sectors', () => {
    fc.assert(
      fc.property(asked, fc.nat(), (at, seed) => {
        expect(choose({}, at, seed)).to.deep.equal(choose({}, at, seed));
      }),
    );
  });

  it('falls into the phase asked for, by its position and not by its label, on whichever recording', () => {
    fc.assert(
      fc.property(asked, fc.nat(), fc.nat(9), fc.nat(9), (at, seed, shift, late) => {
        const { cut } = choose({ shift, late }, at, seed);
        expect(phaseOf(cut.entry - late)).to.equal(at);
        expect(cut.phase).to.equal(at);
        // The same stretch of the phase, so that a second recording shows the same cut as far as it can.
        expect(cut.flushInPhase).to.equal(choose({}, at, seed).cut.flushInPhase);
      }),
    );
  });

  it('has another receipt on another recording, and for another seed', () => {
    const receipts = (recording: object) =>
      Array.from({ length: 20 }, (_, seed) => JSON.stringify(choose(recording, 'finalize', seed).cut));
    expect(new Set(receipts({})).size).to.be.above(5);
    expect(receipts({ shift: 3 })).to.not.deep.equal(receipts({}));
  });

  it('reaches every position of a phase that another one interrupts, and counts its flushes through', () => {
    const cuts = Array.from({ length: 200 }, (_, seed) => choose({}, 'finalize', seed).cut);
    expect([...new Set(cuts.map(({ entry }) => entry))].sort()).to.deep.equal([1, 2, 3, 7, 8, 9]);
    const nth = new Map(cuts.map(({ entry, flushInPhase }) => [entry, flushInPhase]));
    expect(Object.fromEntries(nth)).to.deep.equal({ 1: 0, 2: 0, 3: 1, 7: 2, 8: 2, 9: 2 });
  });

  it('says on which side of the commit it fell', () => {
    const positions = (at: Fault['at']) =>
      new Set(Array.from({ length: 200 }, (_, seed) => choose({}, at, seed).position));
    // In flight with the last writes of finalize is the one that commits: it may have landed.
    expect([...positions('finalize')].sort()).to.deep.equal(['before-commit', 'commit-flushed', 'commit-issued']);
    expect([...positions('reboot')]).to.deep.equal(['commit-flushed']);
  });

  it('aims at the commit only where it was issued', () => {
    const aimed = (at: Fault['at']) =>
      withRecording({}, (log, phases) =>
        chooseRecordedCut({ log, phases, fault: { at, aim: 'before-commit' }, base: '', seed: 1 }),
      );
    expect(aimed('boot-swap').cut).to.include({ entry: 4, lastFlush: 2 });
    expect(() => aimed('reboot'))
      .to.throw()
      .with.property('code', 'phase-not-reached');
    expect(() => choose({}, 'pull', 1))
      .to.throw()
      .with.property('code', 'phase-not-reached');
  });
});
