import { AssertionError, expect } from 'chai';
import fc from 'fast-check';
import {
  AbortError,
  BenchError,
  CapabilityError,
  DeadlineError,
  InternalError,
  ProductError,
  UsageError,
} from '../errors/harness-error.ts';
import type { Finding } from '../judge/finding.ts';
import { caseErrorOf } from './case-error.ts';
import type { KnownIssue } from './known-issue.ts';
import type { PlannedCase } from '../record/event.ts';
import { verdictOf, type CaseOutcome } from './verdict.ts';

const finding = (code: string, severity: Finding['severity'] = 'violation'): Finding => ({
  oracle: 1,
  code,
  severity,
  message: `Found: ${code}`,
  details: {},
  view: 'live',
});
const today = '2026-11-21';
const verdict = (outcome: CaseOutcome, issues: KnownIssue[] = [], id = 'a/b') =>
  verdictOf({ case: id }, outcome, issues, today);
const after = (error: unknown, findings: Finding[] = []) => verdict({ findings, error: caseErrorOf(error) });
const deadline = (details: Record<string, unknown>) => new DeadlineError('No login', { code: 'deadline', details });

describe('verdictOf', () => {
  it('passes a case without violations, notes or not', () => {
    expect(verdict({ findings: [finding('drift', 'note')] })).to.deep.equal({
      verdict: 'passed',
      reason: '',
      findingCodes: [],
    });
  });

  it('fails a violation whatever ended the case afterwards, except a person', () => {
    const findings = [finding('z'), finding('a'), finding('z'), finding('n', 'note')];
    for (const error of [
      undefined,
      new BenchError('b', { code: 'b' }),
      new InternalError('i', { code: 'i' }),
      new ProductError('missed', { code: 'phase-not-reached' }),
      new CapabilityError('c', { code: 'c' }),
      new RangeError('x'),
    ]) {
      const given = verdict({ findings, ...(error ? { error: caseErrorOf(error) } : {}) });
      expect(given).to.include({ verdict: 'failed', blame: 'product', code: 'a' });
      expect(given.findingCodes).to.deep.equal(['a', 'z']);
    }
    expect(after(new AbortError('Aborted', { code: 'aborted' }), findings)).to.deep.include({
      verdict: 'aborted',
      blame: 'human',
      findingCodes: ['a', 'z'],
    });
  });

  it('gives each error its verdict and blame', () => {
    const table: [unknown, string, string][] = [
      [new ProductError('p', { code: 'p' }), 'failed', 'product'],
      [new AssertionError('expected 1 to equal 2'), 'failed', 'product'],
      [new BenchError('b', { code: 'b' }), 'broken', 'bench'],
      [new CapabilityError('c', { code: 'c' }), 'not-applicable', 'user'],
      [new UsageError('u', { code: 'u' }), 'broken', 'user'],
      [new InternalError('i', { code: 'i' }), 'broken', 'harness'],
      [new TypeError('x is undefined'), 'broken', 'harness'],
      ['a thrown string', 'broken', 'harness'],
      [new AbortError('a', { code: 'aborted' }), 'aborted', 'human'],
      [new BenchError('m', { code: 'phase-not-reached' }), 'not-run', 'bench'],
    ];
    for (const [error, kind, blame] of table) expect(after(error), String(error)).to.include({ verdict: kind, blame });
    expect(after(new BenchError('hit pull', { code: 'phase-not-reached' })).reason).to.equal(
      'phase not reached: hit pull',
    );
  });

  it('blames silence by when it was', () => {
    expect(after(deadline({}))).to.include({ verdict: 'broken', blame: 'bench' });
    expect(after(deadline({ phase: 'before-update', benchProven: true }))).to.include({
      verdict: 'broken',
      blame: 'bench',
    });
    for (const phase of ['during-update', 'after-update', 'after-cut']) {
      const proven = after(deadline({ phase, benchProven: true }));
      expect(proven).to.include({ verdict: 'failed', blame: 'product', reason: 'No login' });
      const unproven = after(deadline({ phase }));
      expect(unproven).to.include({ verdict: 'failed', blame: 'product' });
      expect(unproven.reason).to.match(/^unconfirmed/);
    }
    const lost = (details: Record<string, unknown>) =>
      after(new BenchError('lost', { code: 'connection-lost', details }));
    expect(lost({ phase: 'after-cut' })).to.include({ verdict: 'broken', blame: 'bench' });
    expect(lost({ phase: 'after-cut', benchProven: true })).to.include({ verdict: 'failed', blame: 'product' });
  });
});

describe('verdictOf a negative', () => {
  const negative = { verdict: 'failed' as const, codes: ['var-not-mounted', 'canary-lost'] };
  const caught = (outcome: CaseOutcome, expected: NonNullable<PlannedCase['negative']> = negative) =>
    verdictOf({ case: 'negative/x', negative: expected }, outcome, [], today);
  const both = [finding('var-not-mounted'), finding('canary-lost')];

  it('passes when exactly the expected was found', () => {
    expect(caught({ findings: both })).to.include({
      verdict: 'passed',
      reason: 'caught: canary-lost, var-not-mounted',
    });
    const error = caseErrorOf(new BenchError('No proof', { code: 'cut-not-proven' }));
    const cut = { verdict: 'broken' as const, codes: ['cut-not-proven'] };
    expect(caught({ findings: [], error }, cut)).to.include({ verdict: 'passed', reason: 'caught: cut-not-proven' });
  });

  it('passes when exactly one of several sets was found, and not for a mixture of them', () => {
    const either = {
      verdict: 'failed' as const,
      codes: ['canary-lost', 'b'],
      orCodes: [['var-not-mounted', 'canary-lost']],
    };
    expect(caught({ findings: both }, either)).to.include({
      verdict: 'passed',
      reason: 'caught: canary-lost, var-not-mounted',
    });
    for (const findings of [[...both, finding('b')], both.slice(1), [finding('b')]])
      expect(caught({ findings }, either)).to.include({ verdict: 'failed', code: 'negative-wrong-reason' });
    expect(caught({ findings: [] }, either).reason).to.equal(
      'survived: expected b, canary-lost; or canary-lost, var-not-mounted, found nothing',
    );
  });

  it('fails one that survives, or is caught for less, for more or for something else', () => {
    expect(caught({ findings: [] })).to.include({ verdict: 'failed', code: 'negative-survived', blame: 'harness' });
    for (const findings of [both.slice(1), [...both, finding('other')], [finding('other')]]) {
      const given = caught({ findings });
      expect(given).to.include({ verdict: 'failed', code: 'negative-wrong-reason' });
      expect(given.reason).to.match(
        /^caught for the wrong reason: expected failed canary-lost, var-not-mounted, found failed /,
      );
    }
    const cut = { verdict: 'broken' as const, codes: ['cut-not-proven'] };
    const error = caseErrorOf(new BenchError('x', { code: 'no-space' }));
    expect(caught({ findings: [], error }, cut)).to.include({ verdict: 'failed', code: 'negative-wrong-reason' });
    expect(caught({ findings: both }, { verdict: 'broken', codes: negative.codes })).to.include({ verdict: 'failed' });
  });

  it('leaves what was not judged as it is', () => {
    for (const [error, kind] of [
      [new AbortError('a', { code: 'aborted' }), 'aborted'],
      [new BenchError('b', { code: 'b' }), 'broken'],
      [new CapabilityError('c', { code: 'c' }), 'not-applicable'],
    ] as const)
      expect(caught({ findings: [], error: caseErrorOf(error) })).to.include({ verdict: kind });
  });
});

describe('verdictOf with known issues', () => {
  const issue: KnownIssue = {
    id: 'KI-1',
    tracker: 'T-2283',
    expires: today,
    acceptedBy: 'A. Person',
    cases: ['a/*'],
    codes: ['dangling-entry'],
  };

  it('files a failure that the issue explains, through its last day', () => {
    const given = verdict({ findings: [finding('dangling-entry')] }, [issue]);
    expect(given).to.deep.include({ verdict: 'known-issue', knownIssue: { tracker: 'T-2283', expires: today } });
    const late = verdict({ findings: [finding('dangling-entry')] }, [{ ...issue, expires: '2026-11-20' }]);
    expect(late).to.include({ verdict: 'failed' });
    expect(late.reason).to.match(/^known issue KI-1 expired on 2026-11-20/);
  });

  it('does not file what it does not explain, nor another case, nor a bench fault', () => {
    expect(verdict({ findings: [finding('dangling-entry'), finding('x')] }, [issue]).verdict).to.equal('failed');
    expect(verdict({ findings: [finding('dangling-entry')] }, [issue], 'c/d').verdict).to.equal('failed');
    const error = caseErrorOf(new BenchError('b', { code: 'dangling-entry' }));
    expect(verdict({ findings: [], error }, [issue]).verdict).to.equal('broken');
  });

  it('fails a case that unexpectedly passes', () => {
    expect(verdict({ findings: [] }, [issue])).to.include({ verdict: 'failed', code: 'known-issue-passed' });
  });

  it('never turns a violation into a pass', () => {
    const codes = fc.constantFrom('a', 'b', 'c');
    fc.assert(
      fc.property(fc.array(codes, { minLength: 1 }), fc.array(fc.array(codes)), (found, listed) => {
        const issues = listed.map((explained) => ({ ...issue, codes: explained }));
        const given = verdict({ findings: found.map((code) => finding(code)) }, issues).verdict;
        const explained = found.every((code) => listed.flat().includes(code));
        expect(given).to.equal(explained ? 'known-issue' : 'failed');
      }),
    );
  });
});
