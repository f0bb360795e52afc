import { expect } from 'chai';
import type { NoteData } from '../../harness/record/note.ts';
import { crashMap } from './crash-map.ts';

const found: NoteData<'exploration'> = {
  ...{ enumerated: 1, unique: 1, checked: 0, disagreements: 0, workers: 1, wallMs: 1, judgedMs: 1, checkedMs: 0 },
  ...{ range: [10, 20], dense: [12, 15], windows: [], map: [], flushes: [], classes: [], phases: {}, pruned: {} },
  ...{ finished: true, bound: 'flush', kinds: { flush: { enumerated: 1, unique: 1 } }, peakRssBytes: 1, base: '' },
};

describe('what an exploration found', () => {
  it('says that writes were dropped where the bound drops some, and nowhere else', () => {
    expect(crashMap(found).text).not.to.contain('dropped');
    const kinds = { ...found.kinds, drop1: { enumerated: 3, unique: 3 } };
    expect(crashMap({ ...found, bound: 'drop1', kinds }).text).to.match(/dropped at every position from\s+12 to\s+15/);
  });

  it('counts one state as one', () => {
    expect(crashMap(found).text).to.contain('1 crash state, 0 that are');
  });
});
