import { expect } from 'chai';
import fc from 'fast-check';
import type { PlannedCase, RecordEvent, VerdictKind } from './event.ts';
import { verdictKind } from './event.ts';
import { exitCodeOf } from './exit-code.ts';
import type { Ledger } from './ledger.ts';
import { ledgerOf } from './ledger.ts';
import { planHash } from './plan-hash.ts';

const chain = { seq: 0, at: '2026-11-20T22:00:00.000Z', prev: '0'.repeat(64) };

function plan(cases: readonly (string | Partial<PlannedCase>)[]): RecordEvent {
  const planned = cases.map((some, n) => {
    const more = typeof some === 'string' ? { case: some } : some;
    return { case: `c#${n}`, scenario: 's', title: 't', requirements: ['R-1'], needs: [], bench: 'b', ...more };
  });
  return {
    ...chain,
    event: 'planned',
    version: 1,
    run: 'r',
    tool: { version: '0', commit: 'c' },
    planHash: planHash(planned),
    profile: 'p',
    seed: 1,
    images: {},
    benches: {},
    host: {},
    cases: planned,
  };
}

function verdict(id: string, kind: VerdictKind, more: object = {}): RecordEvent {
  const event = {
    event: 'verdict' as const,
    case: id,
    verdict: kind,
    reason: '',
    findingCodes: [],
    durationMs: 1,
    reproduce: '',
  };
  return { ...chain, ...event, ...more };
}

const started = (id: string): RecordEvent => ({ ...chain, event: 'case-started', case: id, bench: 'b', seed: 1 });
const ended: RecordEvent = { ...chain, event: 'run-ended', exitCode: 0, reason: '', durationMs: 1 };

const sum = (counts: Ledger['counts']) => Object.values(counts).reduce((a, b) => a + b, 0);

describe('ledger', () => {
  it('gives every planned case exactly one verdict, whatever the events are', () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd', 'not planned');
    const event = fc.oneof(
      id.map(started),
      fc.tuple(id, fc.constantFrom(...verdictKind.options)).map(([name, kind]) => verdict(name, kind)),
      fc.constant(ended),
    );
    const ids = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'));
    fc.assert(
      fc.property(ids, fc.array(event), fc.array(fc.boolean()), (cases, events, negative) => {
        const negatives = cases.map((name, n) => ({
          case: name,
          ...(negative[n] ? { negative: { verdict: 'failed' as const, codes: [] } } : {}),
        }));
        const ledger = ledgerOf([plan(negatives), ...events]);
        expect(ledger.cases.map((one) => one.planned.case)).to.deep.equal(cases);
        expect(ledger.cases.map((one) => one.verdict.case)).to.deep.equal(cases);
        expect(sum(ledger.counts)).to.equal(cases.length);
        const { positive, negative: caught } = ledger.countsByKind;
        expect(sum(positive) + sum(caught)).to.equal(cases.length);
        const told = new Set(events.flatMap((one) => (one.event === 'verdict' ? [one.case] : [])));
        expect(ledger.missing).to.deep.equal(cases.filter((name) => !told.has(name)));
        if (ledger.missing.length > 0) expect(exitCodeOf(ledger).code).not.to.equal(0);
      }),
    );
  });

  it('says which case was cut off and which never began', () => {
    const { cases } = ledgerOf([plan(['a', 'b']), started('a')]);
    expect(cases.map(({ verdict: { verdict: kind, reason } }) => [kind, reason])).to.deep.equal([
      ['aborted', 'no verdict in the record (harness ended early)'],
      ['not-run', 'no verdict in the record (harness ended early)'],
    ]);
  });

  it('blames the harness when a run that ended left a case out', () => {
    const ledger = ledgerOf([plan(['a']), started('a'), ended]);
    expect(ledger.cases[0]?.verdict).to.include({ verdict: 'not-run', blame: 'harness', recorded: false });
    expect(exitCodeOf(ledger).code).to.equal(3);
  });

  it('lets no second verdict replace the first, and says that there was one', () => {
    const ledger = ledgerOf([plan(['a']), verdict('a', 'failed'), verdict('a', 'passed')]);
    expect(ledger.counts).to.include({ failed: 1, passed: 0 });
    expect(ledger.problems).to.have.length(1);
  });

  it('sees a plan that does not hash to its hash', () => {
    const ledger = ledgerOf([{ ...plan(['a']), planHash: 'f'.repeat(64) } as RecordEvent, verdict('a', 'passed')]);
    expect(exitCodeOf(ledger)).to.deep.equal({
      code: 3,
      reason: 'the record is not sound: the planned cases do not hash to planHash',
    });
  });

  it('takes no key order into the plan hash, and every value', () => {
    const one = { case: 'a', scenario: 's', title: 't', requirements: [], needs: [], bench: 'b' };
    const turned = Object.fromEntries(Object.entries(one).reverse()) as typeof one;
    expect(planHash([turned])).to.equal(planHash([one]));
    expect(planHash([{ ...one, bench: 'c' }])).not.to.equal(planHash([one]));
  });
});

describe('exit code', () => {
  const codeFor = (...events: RecordEvent[]) => exitCodeOf(ledgerOf([plan(['a', 'b']), ...events])).code;
  const issue = (expires: string) => ({ knownIssue: { tracker: 'ostree 2283', expires } });

  it('follows the order of the rule', () => {
    expect(exitCodeOf(ledgerOf([plan([])])).code).to.equal(2);
    expect(codeFor(verdict('a', 'aborted'), verdict('b', 'failed'))).to.equal(4);
    expect(codeFor(verdict('a', 'failed'), verdict('b', 'broken'))).to.equal(1);
    expect(codeFor(verdict('a', 'passed'), verdict('b', 'broken'))).to.equal(3);
    expect(codeFor(verdict('a', 'passed'), verdict('b', 'not-run'))).to.equal(3);
    expect(codeFor(verdict('a', 'not-applicable'), verdict('b', 'not-applicable'))).to.equal(3);
    expect(codeFor(verdict('a', 'passed'), verdict('b', 'not-applicable'))).to.equal(0);
  });

  it('lets a known issue count as passed on its last day, and as failed after it or when it is gone', () => {
    expect(codeFor(verdict('a', 'known-issue', issue('2026-11-20')), verdict('b', 'not-applicable'))).to.equal(0);
    expect(codeFor(verdict('a', 'known-issue', issue('2026-11-19')), verdict('b', 'passed'))).to.equal(1);
    expect(codeFor(verdict('a', 'passed', issue('2027-01-01')), verdict('b', 'passed'))).to.equal(1);
  });

  it('does not pass a case that is not applicable, and that the profile wants', () => {
    const wanted = { case: 'b', mustApply: true } as const;
    const of = (...verdicts: RecordEvent[]) => exitCodeOf(ledgerOf([plan(['a', wanted]), ...verdicts]));
    expect(of(verdict('a', 'not-applicable'), verdict('b', 'passed')).code).to.equal(0);
    const { code, reason } = of(verdict('a', 'passed'), verdict('b', 'not-applicable'));
    expect(code).to.equal(3);
    expect(reason).to.match(/^not applicable, which profile \S+ does not allow: b$/);
  });

  it('does not pass a bench that lacks what its file expects', () => {
    const ledger = ledgerOf([plan(['a']), verdict('a', 'passed')]);
    expect(exitCodeOf(ledger, [{ bench: 'b', capability: 'power.cut' }])).to.deep.equal({
      code: 3,
      reason: 'b lacks power.cut, which its bench file expects',
    });
  });
});
