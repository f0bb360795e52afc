import { expect } from 'chai';
import { BenchError } from '../errors/harness-error.ts';
import { notingBench } from './bench-note.ts';
import type { CaseFactory, CasePayload, CaseRequest, OpenCase } from './case.ts';

describe('note of the bench', () => {
  const emitted: CasePayload[] = [];
  const order: string[] = [];
  const request = {
    case: { case: 'update' },
    emit: (payload: CasePayload) => {
      order.push(payload.event);
      emitted.push(payload);
    },
  } as unknown as CaseRequest;
  const factory = (open: CaseFactory['open']): CaseFactory => ({
    open,
    proveBench: () => Promise.resolve(),
    release: () => Promise.resolve(),
  });
  const good = { close: async () => void order.push('close'), findings: () => [] } as unknown as OpenCase;
  beforeEach(() => {
    emitted.length = 0;
    order.length = 0;
  });
  const data = (): unknown => emitted.map((payload) => (payload.event === 'note' ? payload.data : undefined));

  it('stands in the record before the device is given back', async () => {
    const noting = notingBench(
      factory(async () => good),
      async () => ({ offLatenciesMs: [12] }),
    );
    await (await noting.open(request)).close({ verdict: 'passed', reason: '' });
    expect(data()).to.deep.equal([{ offLatenciesMs: [12] }]);
    expect(order).to.deep.equal(['note', 'close']);
  });

  it('stands there too when the case could not be opened, and takes no error for another', async () => {
    const noting = notingBench(
      factory(() => Promise.reject(new BenchError('Another board is there', { code: 'wrong-board' }))),
      () => Promise.reject(new Error('not acquired')),
    );
    const error = await noting.open(request).catch((reason: unknown) => reason);
    expect(error).to.include({ code: 'wrong-board' });
    expect(data()).to.deep.equal([{ notDescribed: 'not acquired' }]);
  });
});
