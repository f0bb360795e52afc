import { expect } from 'chai';
import { oracles } from '../judge/judge.ts';
import { ledgerOf } from '../record/ledger.ts';
import { exitCodeOfQualification, qualify } from './qualify.ts';
import { imageMutants } from './image-mutants.ts';
import { runDeviceMutants, runOracleMutants, suiteOver } from './judge-mutants.ts';
import { outcomeOf } from './outcome.ts';
import { runRecoveryMutants } from './recovery-mutants.ts';

const facts = { tool: { version: '0', commit: 'c', oracles: 'o' }, configuration: {} };
const notKilled = (some: ReturnType<typeof runDeviceMutants>) =>
  some.filter(({ outcome }) => outcome !== 'killed').map(({ id, found }) => [id, found]);

describe('qualify', () => {
  it('kills every device mutant by the code that it must give, at least two an oracle', () => {
    const mutants = runDeviceMutants();
    expect(notKilled(mutants)).to.deep.equal([]);
    expect(new Set(mutants.map(({ id }) => id)).size).to.equal(mutants.length);
    for (const oracle of Object.keys(oracles))
      expect(mutants.filter(({ caughtBy }) => caughtBy === `oracle ${oracle}`).length).to.be.at.least(2);
  });

  it('kills every broken oracle, and where it is needed only', () => {
    const mutants = runOracleMutants();
    expect(notKilled(mutants)).to.deep.equal([]);
    expect(mutants.length).to.equal(3 * Object.keys(oracles).length);
  });

  it('has a suite that finds nothing against the real oracles, and lists survivors where there are any', () => {
    expect(suiteOver(oracles)).to.deep.equal([]);
    const blind = Object.fromEntries(Object.keys(oracles).map((number) => [number, () => []]));
    expect(runDeviceMutants(blind).every(({ outcome }) => outcome === 'survived')).to.equal(true);
    expect(
      runOracleMutants(blind)
        .filter(({ id }) => id.endsWith('silent'))
        .map(({ outcome }) => outcome),
    ).to.include('wrong-reason');
  });

  it('lets devices live that do not recover, when oracle 9 is blind', () => {
    const outcomes = (judge?: () => []) => runRecoveryMutants(judge).map(({ outcome }) => outcome);
    expect(outcomes()).to.deep.equal(['killed', 'killed', 'killed']);
    expect(outcomes(() => [])).to.deep.equal(['survived', 'survived', 'survived']);
  });

  it('tells killed from killed by something else', () => {
    expect(outcomeOf(['a', 'b'], ['b', 'a'])).to.equal('killed');
    expect(outcomeOf(['a'], ['a', 'b'])).to.equal('wrong-reason');
    expect(outcomeOf(['a', 'b'], ['a'])).to.equal('wrong-reason');
    expect(outcomeOf(['a'], [])).to.equal('survived');
  });

  it('ends with 1 for a survivor, with 3 for what was asked for and not run, and says which oracle lacks mutants', () => {
    const result = qualify(facts, []);
    expect(exitCodeOfQualification(result, true)).to.equal(0);
    expect(result.gaps).to.deep.equal([]);
    const image = imageMutants([{ id: 'negative/x', title: 'x', codes: ['y'] }], undefined);
    expect(image[0]).to.include({ outcome: 'not-run' });
    expect(exitCodeOfQualification(qualify(facts, image), false)).to.equal(0);
    expect(exitCodeOfQualification(qualify(facts, image), true)).to.equal(3);
    const alive = image.map((one) => ({ ...one, outcome: 'survived' as const }));
    expect(exitCodeOfQualification(qualify(facts, alive), false)).to.equal(1);
  });

  it('reads negatives from a record: killed, alive, and those that say nothing', () => {
    const negative = { verdict: 'failed' as const, codes: ['lost'] };
    const ids = [
      'negative/killed',
      'negative/otherwise',
      'negative/alive',
      'negative/other',
      'negative/broken',
      'negative/elsewhere',
    ];
    const base = { seq: 0, at: '2026-11-21T00:00:00.000Z', prev: '0'.repeat(64) };
    const plan = ids.map((id) => ({
      case: id,
      scenario: id,
      title: id,
      requirements: [],
      needs: [],
      bench: 'b',
      negative,
    }));
    const verdict = (id: string, more: object) =>
      ({
        ...base,
        event: 'verdict',
        case: id,
        durationMs: 1,
        reproduce: '',
        findingCodes: [],
        reason: '',
        ...more,
      }) as never;
    const ledger = ledgerOf([
      {
        ...base,
        event: 'planned',
        version: 1,
        run: 'r',
        tool: facts.tool,
        planHash: '',
        profile: 'p',
        seed: 1,
        images: {},
        benches: {},
        host: {},
        cases: plan,
      },
      verdict('negative/killed', { verdict: 'passed', reason: 'caught: lost' }),
      verdict('negative/otherwise', { verdict: 'passed', reason: 'caught: gone, torn' }),
      verdict('negative/alive', { verdict: 'failed', code: 'negative-survived' }),
      verdict('negative/other', { verdict: 'failed', code: 'negative-wrong-reason', findingCodes: ['lost', 'more'] }),
      verdict('negative/broken', { verdict: 'broken', code: 'no-login' }),
      verdict('negative/elsewhere', { verdict: 'not-applicable', reason: 'lacks image.composefs' }),
    ]);
    const results = imageMutants(
      ids.map((id) => ({ id, title: id, codes: ['lost'], orCodes: [['torn', 'gone']] })),
      ledger,
    );
    expect(results.map(({ outcome }) => outcome)).to.deep.equal([
      'killed',
      'killed',
      'survived',
      'wrong-reason',
      'not-run',
      'not-applicable',
    ]);
  });
});
