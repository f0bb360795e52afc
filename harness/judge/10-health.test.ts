import { expect } from 'chai';
import { codesAfter } from './test-breakage.ts';

describe('oracle 10: health', () => {
  it('a failed unit that does not fail on a control boot', () => {
    expect(codesAfter({}, (t) => t.after.failedUnits.push('app.service'))).to.deep.equal(['unit-failed']);
  });

  it("ostree's own report of a failed finalize is a fault only where finalize had no reason to fail", () => {
    const report = 'ostree-boot-complete.service';
    expect(codesAfter({}, (t) => t.after.failedUnits.push(report))).to.deep.equal(['unit-failed']);
    expect(codesAfter({ fault: 'before-commit' }, (t) => t.after.failedUnits.push(report))).to.deep.equal([]);
    expect(codesAfter({ fault: 'commit-flushed' }, (t) => t.after.failedUnits.push(report))).to.deep.equal([
      'unit-failed',
    ]);
  });

  it('a kernel complaint beyond the usual ones, whatever its time', () => {
    expect(codesAfter({}, (t) => t.after.kernelProblems.push('[    9.0] BUG: unable to handle'))).to.deep.equal([
      'kernel-problem',
    ]);
    expect(codesAfter({}, (t) => t.after.kernelProblems.push('[   99.000001] a usual complaint'))).to.deep.equal([]);
  });

  it('a console problem that was not expected, by its rule', () => {
    expect(
      codesAfter({}, (t) => t.consoleProblems.push({ rule: 'oops', line: 'Oops: 0000', expected: false })),
    ).to.deep.equal(['console-oops']);
    expect(
      codesAfter({}, (t) => t.consoleProblems.push({ rule: 'oops', line: 'Oops: 0000', expected: true })),
    ).to.deep.equal([]);
  });

  it('a file system that needs repair', () => {
    expect(codesAfter({}, (t) => t.fsckProblems.push('Inode 12 has illegal block'))).to.deep.equal([
      'file-system-damaged',
    ]);
  });
});
