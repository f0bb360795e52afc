import { expect } from 'chai';
import fc from 'fast-check';
import { LogWriter } from '../blocklog/log-writer.ts';
import { LogWrites } from '../blocklog/log-writes.ts';
import { ScratchDirectory } from '../blocklog/scratch-directory.ts';
import { StateIds, stateName } from './crash-state.ts';

describe('ids of crash states', () => {
  let scratch: ScratchDirectory;
  before(() => (scratch = new ScratchDirectory()));
  after(() => scratch.remove());

  const logOf = (name: string, sectors: readonly number[], fill = 1): LogWrites => {
    const writer = new LogWriter(scratch.file(name));
    for (const sector of sectors) writer.write(sector, Buffer.alloc(4096, fill));
    writer.close();
    return LogWrites.open(scratch.file(name));
  };
  const sectors = Array.from({ length: 40 }, (_, i) => i * 8);

  it('lead back to their state', () => {
    const ids = new StateIds(logOf('a', sectors), 'base');
    const state = fc.integer({ min: 1, max: 40 }).chain((entries) =>
      fc.record({
        entries: fc.constant(entries),
        dropped: fc.uniqueArray(fc.integer({ min: 0, max: entries - 1 })).map((all) => all.sort((a, b) => a - b)),
      }),
    );
    fc.assert(fc.property(state, (one) => void expect(ids.parse(ids.id(one))).to.deep.equal(one)));
    const torn = { entries: 3, dropped: [1], torn: [0, 8] } as const;
    expect(ids.parse(ids.id(torn))).to.deep.equal(torn);
  });

  it('name runs of lost writes', () => {
    expect(stateName({ entries: 9, dropped: [1, 2, 3, 5], torn: [0, 8] })).to.equal('9.d1-3+5.t0-8');
  });

  it('are those of the writes, whatever these contained, and of the disk', () => {
    const state = { entries: 5, dropped: [2] };
    const id = new StateIds(logOf('a', sectors), 'base').id(state);
    expect(new StateIds(logOf('b', sectors, 2), 'base').id(state)).to.equal(id);
    expect(new StateIds(logOf('c', [8, ...sectors.slice(1)]), 'base').id(state)).not.to.equal(id);
    expect(new StateIds(logOf('a', sectors), 'other').id(state)).not.to.equal(id);
  });

  it('of another recording, and what is none, are refused', () => {
    const ids = new StateIds(logOf('a', sectors), 'base');
    const other = new StateIds(logOf('a', sectors), 'other').id({ entries: 5, dropped: [] });
    for (const id of [other, '', '5', '99.d98-97.000000000000', `5.d${'9'.repeat(9)}-999999999.000000000000`])
      expect(() => ids.parse(id), id).to.throw(/crash state/);
  });
});
