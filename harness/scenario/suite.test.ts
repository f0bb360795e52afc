import { expect } from 'chai';
import { execaNode } from 'execa';
import { runInSuite } from './suite.ts';

/** Mocha in Mocha: the inner runner's listeners for stray throws must not reach the outer one, so these run in a process of their own. */
async function outcomeOf(body: string, budgetMs = 5000): Promise<unknown> {
  const suite = new URL('./suite.ts', import.meta.url).href;
  const code = `const { runInSuite } = await import('${suite}');
    const result = await runInSuite('a case', async () => { ${body} }, ${budgetMs});
    console.log(JSON.stringify({ ended: result.ended, message: result.error?.message ?? null })); process.exit(0);`;
  const { stdout } = await execaNode({ nodeOptions: ['--import', import.meta.resolve('tsx/esm')] })`-e ${code}`;
  return JSON.parse(stdout);
}

describe('runInSuite', () => {
  it('gives back that the body returned, and what it threw, as it is', async () => {
    expect(await runInSuite('a', async () => {}, 1000)).to.deep.equal({ ended: 'returned' });
    const error = new RangeError('mine');
    const result = await runInSuite('b', () => Promise.reject(error), 1000);
    expect(result).to.deep.equal({ ended: 'threw', error });
    expect(result.ended === 'threw' && result.error).to.equal(error);
  });

  it('ends when the budget is over, though the body does not', async () => {
    expect(await outcomeOf('await new Promise(() => setInterval(() => {}, 1e6))', 20)).to.include({
      ended: 'timed-out',
    });
  });

  it('sees a stray throw beside the body', async () => {
    const stray =
      'setImmediate(() => { throw new Error("stray") }); await new Promise((done) => setTimeout(done, 1e6))';
    expect(await outcomeOf(stray)).to.deep.equal({ ended: 'threw', message: 'stray' });
  });
});
