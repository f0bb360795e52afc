import { expect } from 'chai';
import type { BenchFile } from '../bench-file/schema.ts';
import { atPlace } from './place.ts';

const file = (target: string, instances = 1): BenchFile => ({
  ...{ path: `${target}.yaml`, name: target, target, instances, expects: [] },
  options: { coordinator: 'lab:20408', place: 'desk', tags: {} },
});

describe('--place', () => {
  const options = (files: readonly BenchFile[]) => files.map((one) => one.options);

  it('replaces what the bench file of a labgrid place says, and no other', () => {
    const files = [file('qemu'), file('labgrid')];
    expect(options(atPlace(files, { place: 'rack-7', placeTag: [] }))).to.deep.equal([
      { coordinator: 'lab:20408', place: 'desk', tags: {} },
      { coordinator: 'lab:20408', place: 'rack-7', tags: {} },
    ]);
    expect(options(atPlace(files, { placeTag: ['board=rcar-s4', 'rack=7'] }))[1]).to.deep.equal({
      ...{ coordinator: 'lab:20408', place: undefined },
      tags: { board: 'rcar-s4', rack: '7' },
    });
    expect(atPlace(files, { placeTag: [] })).to.deep.equal(files);
  });

  it('refuses what cannot be meant', () => {
    expect(() => atPlace([file('qemu')], { place: 'rack-7', placeTag: [] })).to.throw('No bench file of a labgrid');
    expect(() => atPlace([file('labgrid')], { place: 'rack-7', placeTag: ['a=b'] })).to.throw('Named and sought');
    expect(() => atPlace([file('labgrid', 2)], { place: 'rack-7', placeTag: [] })).to.throw('One board, and more');
    expect(atPlace([file('labgrid', 2)], { placeTag: ['a=b'] })).to.have.length(1);
  });
});
