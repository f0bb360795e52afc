import { expect } from 'chai';
import pLimit from 'p-limit';
import { SimulatedBench, SimulatedTarget } from '../simulated/simulated-target.ts';
import { contractChecks, runContract, targetContract, type ContractOutcome } from './contract.ts';
import { liars } from './lying.ts';
import { simulatedAdapts, simulatedContractBench } from './simulated-bench.ts';

targetContract('simulated', async () => simulatedContractBench(), { adapts: simulatedAdapts });

describe('target contract, not kept', () => {
  // Most of their time is spent waiting for what does not come, so they may do so together.
  const limit = pLimit(12);
  const running = new Map<string, Promise<ContractOutcome[]>>();
  before(() => {
    for (const { name, lie } of liars)
      running.set(
        name,
        limit(() => runContract(async () => simulatedContractBench(lie), simulatedAdapts)),
      );
  });

  for (const { name, caughtBy, reason } of liars)
    it(`catches ${name}`, async () => {
      const outcomes = (await running.get(name)) ?? [];
      const failed = outcomes.filter(({ status }) => status === 'failed');
      const said = failed.map(({ check, reason: why }) => `${check}: ${why}`).join('\n');
      expect(
        failed.map(({ check }) => check),
        said,
      ).to.deep.equal([caughtBy]);
      expect(failed[0]?.reason).to.match(reason);
    });

  it('lets the untouched twin pass, every check of it', async () => {
    const outcomes = await runContract(async () => simulatedContractBench(), simulatedAdapts);
    expect(outcomes.map(({ status }) => status)).to.deep.equal(contractChecks.map(() => 'passed'));
  });

  it('tells how far a device came that did not answer in time', async () => {
    const silent = new SimulatedBench('simulated-silent', { neverBoots: true });
    const open = () => new SimulatedTarget(silent);
    const bench = { ...simulatedContractBench(), target: open(), rival: open };
    const outcomes = await runContract(async () => bench, simulatedAdapts);
    expect(outcomes.find(({ status }) => status === 'failed')?.reason).to.match(
      /^Timed out after 2 s: .*; the console ended with "No bootable device\."$/,
    );
  });

  it('has a liar for every check', () => {
    const caught = new Set(liars.map(({ caughtBy }) => caughtBy));
    expect(contractChecks.map(({ name }) => name).filter((name) => !caught.has(name))).to.deep.equal([]);
  });
});
