import { expect } from 'chai';
import fc from 'fast-check';
import { LogWriter } from '../blocklog/log-writer.ts';
import { LogWrites } from '../blocklog/log-writes.ts';
import { ScratchDirectory } from '../blocklog/scratch-directory.ts';
import { stateName } from './crash-state.ts';
import { statesOf } from './enumeration.ts';
import { epochsOf } from './epoch.ts';
import { sampledStates } from './sampled-states.ts';

describe('sampled crash states', () => {
  const enumeration = { bound: 'drop1', dense: [0, 1e9] } as const;
  let scratch: ScratchDirectory;
  let log: LogWrites;
  let all: string[];
  before(() => {
    scratch = new ScratchDirectory();
    const writer = new LogWriter(scratch.file('log'));
    for (let i = 0; i < 12; i++)
      if (i % 4 === 3) writer.flush();
      else writer.write(i * 8, Buffer.alloc(4096, i + 1));
    writer.close();
    log = LogWrites.open(scratch.file('log'));
    all = [...epochsOf(log)].flatMap((epoch) => [...statesOf(log, epoch, enumeration)].map(stateName));
  });
  after(() => {
    log.close();
    scratch.remove();
  });
  const sample = (count: number, seed: number, range: readonly [number, number] = [0, 1e9]): string[] =>
    sampledStates(log, range, enumeration, { count, seed }).map(stateName);

  it('are of the bound, each once, in the order of the log, and the same for the same seed', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.nat(), (count, seed) => {
        const names = sample(count, seed);
        expect(names).to.have.length(Math.min(count, all.length));
        const places = names.map((name) => all.indexOf(name));
        expect(places).to.not.include(-1);
        expect(places).to.deep.equal([...new Set(places)].sort((a, b) => a - b));
        expect(sample(count, seed)).to.deep.equal(names);
      }),
    );
  });

  it('lie within the range, and every one of them can be chosen', () => {
    const within = all.filter((name) => Number.parseInt(name) >= 5 && Number.parseInt(name) < 9);
    expect(sample(1000, 1, [5, 9])).to.deep.equal(within);
    const chosen = new Set(Array.from({ length: 400 }, (_, seed) => sample(1, seed)[0]));
    expect([...chosen].sort()).to.deep.equal([...all].sort());
  });
});
