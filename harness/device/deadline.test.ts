import { expect } from 'chai';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { AbortError, DeadlineError } from '../errors/harness-error.ts';
import { Deadline } from './deadline.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('Deadline', () => {
  /** Collects all through the wait, as a run of many minutes does now and then. */
  const waitThrough = async (waiting: Promise<unknown>): Promise<unknown> => {
    const collecting = setInterval(collectGarbage, 5);
    try {
      return await waiting.catch((error: unknown) => error);
    } finally {
      clearInterval(collecting);
    }
  };
  const never = new Promise(() => undefined);

  it('ends a wait although the collector runs meanwhile: alone, below a parent, and nested', async () => {
    const parent = new AbortController().signal;
    expect(await waitThrough(new Deadline('a', 50).race(never))).to.be.instanceOf(DeadlineError);
    expect(await waitThrough(new Deadline('b', 50, parent).race(never))).to.be.instanceOf(DeadlineError);
    const inner = new Deadline('c', 60_000, parent).within('d', 50);
    expect(await waitThrough(inner.until(() => undefined, 5))).to.be.instanceOf(DeadlineError);
  });

  it('gives every part of it more time on a slow bench, and never more than is left', () => {
    const slow = new Deadline('a case', 60_000, undefined, 3);
    expect(slow.budgetMs).to.equal(60_000);
    expect(slow.within('a step', 1000).budgetMs).to.equal(3000);
    expect(slow.within('a step', 10_000).within('a wait', 1000).budgetMs).to.equal(3000);
    expect(slow.within('a step', 1000).within('a wait', 2000).budgetMs).to.be.at.most(3000);
    expect(slow.within('a step', 50_000).budgetMs).to.be.at.most(60_000);
    expect(new Deadline('a case', 60_000).within('a step', 1000).budgetMs).to.equal(1000);
  });

  it('hands out a signal that outlives it, and whatever was combined with it', async () => {
    const parent = new AbortController().signal;
    const fired = (signal: AbortSignal) =>
      new Promise<string>((resolve) => signal.addEventListener('abort', () => resolve('fired'), { once: true }));
    expect(await waitThrough(fired(new Deadline('a', 50, parent).signal))).to.equal('fired');
    const combined = () => AbortSignal.any([new Deadline('b', 50, parent).signal, new AbortController().signal]);
    expect(await waitThrough(fired(combined()))).to.equal('fired');
  });

  it('tells who ended it: the time, or the person', async () => {
    const person = new AbortController();
    const waiting = new Deadline('a', 60_000, person.signal).race(never);
    person.abort();
    expect(await waiting.catch((error: unknown) => error)).to.be.instanceOf(AbortError);
  });

  it('is never longer than the one that it is a part of', () => {
    const outer = new Deadline('a', 1000);
    expect(outer.within('b', 60_000).leftMs).to.be.at.most(1000);
  });
});
