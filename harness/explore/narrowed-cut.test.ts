import { expect } from 'chai';
import fc from 'fast-check';
import type { LogWrites } from '../blocklog/log-writes.ts';
import type { CrashState } from './crash-state.ts';
import { judgeInFull } from './full-judgement.ts';
import { LitmusDevice } from './litmus-device.ts';
import { cutAt, narrowCut } from './narrowed-cut.ts';
import { RecordedDisk } from '../blocklog/disk-state.ts';
import { StateJudgement } from './state-judgement.ts';
import type { StateVerdict } from './state-judge.ts';

/** w write, f flush. */
const logOf = (course: string): LogWrites =>
  ({ length: course.length, has: (entry: number, flag: string) => flag === 'flush' && course[entry] === 'f' }) as never;
const verdict = (...codes: string[]): StateVerdict => ({
  boots: 'nothing',
  findings: codes.map((code) => ({
    oracle: 2,
    code,
    severity: 'violation',
    message: '',
    details: {},
    view: 'firmware',
  })),
});

describe('narrowCut', () => {
  const log = logOf('wwfwwwwwwwwwfwww');
  const whole = { from: 0, to: 17 };
  /** Fails when 5 is lost and 8 is on the disk. */
  const judge = ({ entries, dropped }: CrashState): StateVerdict =>
    entries > 8 && dropped.includes(5) && !dropped.includes(8) ? verdict('gone') : verdict();

  it('leaves the lost writes and the positions that matter, and says where it is good', async () => {
    const given = { entries: 11, dropped: [3, 4, 5, 6, 9, 10] };
    const found = (await narrowCut(log, whole, given, judge))!;
    expect(found).to.deep.include({ state: { entries: 9, dropped: [5] }, codes: ['gone'] });
    // the flush after entry 11 makes what is lost safe, once it is written
    expect(found).to.deep.include({ goodBefore: 8, lastBad: 12, goodAfter: 13 });
  });

  it('stays within the phase, and says when all of it fails', async () => {
    const given = { entries: 11, dropped: [5] };
    expect(await narrowCut(log, { from: 10, to: 12 }, given, judge)).to.deep.include({
      state: { entries: 10, dropped: [5] },
      goodBefore: undefined,
      lastBad: 11,
      goodAfter: undefined,
    });
  });

  it('does not take another failure for this one, and has nothing to go by without any', async () => {
    const slips = (state: CrashState): StateVerdict =>
      state.dropped.includes(4) ? verdict(...judge(state).findings.map(({ code }) => code), 'other') : judge(state);
    const found = await narrowCut(log, whole, { entries: 11, dropped: [4, 5] }, slips);
    expect(found).to.deep.include({ codes: ['gone', 'other'], state: { entries: 9, dropped: [4, 5] } });
    expect(await narrowCut(log, whole, { entries: 11, dropped: [4] }, judge)).to.equal(undefined);
  });

  it('ends with a state that fails, and neither one write earlier nor with one lost write less, whatever the judge', async () => {
    const rule = fc.record({
      lost: fc.uniqueArray(fc.integer({ min: 3, max: 11 }), { maxLength: 3 }),
      from: fc.integer({ min: 4, max: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(rule, { minLength: 1, maxLength: 3 }), async (rules) => {
        const judged = ({ entries, dropped }: CrashState): StateVerdict =>
          rules.some(({ lost, from }) => entries >= from && lost.every((one) => dropped.includes(one)))
            ? verdict('x')
            : verdict();
        const given = { entries: 12, dropped: [3, 4, 5, 6, 7, 8, 9, 10, 11] };
        const found = await narrowCut(log, whole, given, judged);
        expect(found === undefined).to.equal(judged(given).findings.length === 0);
        if (!found) return;
        const { state, goodBefore } = found;
        const isBad = (one: CrashState): boolean => judged(one).findings.length > 0;
        expect(isBad(state)).to.equal(true);
        for (const one of state.dropped)
          expect(isBad({ ...state, dropped: state.dropped.filter((other) => other !== one) })).to.equal(false);
        if (goodBefore === undefined) return;
        expect(goodBefore).to.equal(state.entries - 1);
        expect(isBad(cutAt(log, goodBefore, state.dropped))).to.equal(false);
      }),
    );
  });

  it('loses at another position only what no flush has made safe', () => {
    expect(cutAt(log, 12, [0, 3, 11, 12])).to.deep.equal({ entries: 12, dropped: [3, 11] });
    expect(cutAt(log, 13, [3, 11, 12])).to.deep.equal({ entries: 13, dropped: [12] });
    expect(cutAt(log, 2, [0, 1, 3])).to.deep.equal({ entries: 2, dropped: [0, 1] });
    expect(cutAt(log, 0, [0])).to.deep.equal({ entries: 0, dropped: [] });
  });
});

describe('narrowCut with the oracles', function () {
  this.timeout(60_000);

  it('finds the lost writes of a kernel whose entry was not held back for it, as the full judgement sees them', async () => {
    const device = await LitmusDevice.make();
    const kernel = await device.change('boot', [device.kernel()]);
    device.write(kernel);
    const entry = await device.change('boot', [device.entry()]);
    const issued = device.write(entry);
    device.flush();
    const subject = device.subject({ issued, flushed: undefined });
    const judgement = new StateJudgement(subject, 0);
    const disk = RecordedDisk.open(subject);
    try {
      // without its name the kernel is not there at all, and the old entry is picked
      const lost = kernel.flatMap(({ data }, i) => (data.includes('vmlinuz') ? [] : [i]));
      const given = { entries: issued + 1, dropped: lost };
      const found = (await narrowCut(disk.log, { from: 0, to: disk.log.length + 1 }, given, (state) =>
        judgement.judge(state),
      ))!;
      expect(found.codes).to.not.deep.equal([]);
      expect(found.state.dropped.length).to.be.within(1, 2);
      const codes = (state: CrashState): string[] => judgeInFull(disk, subject, state).findings.map(({ code }) => code);
      const isBad = (state: CrashState): boolean => found.codes.every((code) => codes(state).includes(code));
      expect(isBad(found.state)).to.equal(true);
      expect(isBad(cutAt(disk.log, found.goodBefore!, found.state.dropped))).to.equal(false);
      for (const one of found.state.dropped)
        expect(isBad({ ...found.state, dropped: found.state.dropped.filter((other) => other !== one) })).to.equal(
          false,
        );
    } finally {
      judgement.close();
      disk.close();
      device.remove();
    }
  });
});
