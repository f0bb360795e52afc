import { expect } from 'chai';
import fc from 'fast-check';
import { logFlags } from '../blocklog/log-format.ts';
import { LogWriter } from '../blocklog/log-writer.ts';
import { LogWrites } from '../blocklog/log-writes.ts';
import { RecordedDisk } from '../blocklog/disk-state.ts';
import { ScratchDirectory } from '../blocklog/scratch-directory.ts';
import { writeFileSync } from 'node:fs';
import { stateName } from './crash-state.ts';
import { statesOf, type Bound } from './enumeration.ts';
import { EpochPages, epochsOf } from './epoch.ts';
import { PageVersions } from './page-versions.ts';
import { RebuiltState } from './rebuilt-state.ts';

/** A log in letters: w a page, W two pages, s a sector, f flush, u FUA page, p a flush that carries a page. */
describe('crash states of an epoch', () => {
  let scratch: ScratchDirectory;
  before(() => (scratch = new ScratchDirectory()));
  after(() => scratch.remove());

  const pages = 6;
  const makeLog = (letters: string, place: (i: number) => number): void => {
    const writer = new LogWriter(scratch.file('log'));
    [...letters].forEach((letter, i) => {
      const sector = place(i) * 8;
      if (letter === 'f') writer.flush();
      else if (letter === 's') writer.write(sector + (i % 8), Buffer.alloc(512, i + 1));
      else if (letter === 'W') writer.write(sector, Buffer.alloc(8192, i + 1));
      else
        writer.write(
          sector,
          Buffer.alloc(4096, i + 1),
          letter === 'u' ? logFlags.fua : letter === 'p' ? logFlags.flush : 0,
        );
    });
    writer.close();
  };
  const names = (letters: string, bound: Bound, dense: readonly [number, number] = [0, 1e9]): string[] => {
    makeLog(letters, (i) => i);
    const log = LogWrites.open(scratch.file('log'));
    const found = [...epochsOf(log)].flatMap((epoch) => [...statesOf(log, epoch, { bound, dense })]);
    log.close();
    return found.map((state) => `${state.kind} ${stateName(state)}`);
  };

  it('are what each bound says', () => {
    expect(names('wwfw', 'flush')).to.deep.equal(['flush 1.d0', 'flush 3']);
    expect(names('wwfw', 'prefix')).to.deep.equal(['flush 1.d0', 'prefix 1', 'prefix 2', 'flush 3', 'prefix 4']);
    expect(names('www', 'drop1')).to.include.members(['drop1 2.d0', 'drop1 3.d0', 'drop1 3.d1', 'flight 3.d0-1']);
    expect(names('wwww', 'drop2')).to.include('drop2 4.d0+2').and.not.include('drop2 4.d1-2');
    expect(names('W', 'torn')).to.include.members(['torn4k 1.t0-8', 'torn4k 1.t8-16']);
    expect(names('w', 'torn512').filter((name) => name.startsWith('torn512'))).to.have.length(14);
  });

  it('lose no FUA write, and nothing overtakes one', () => {
    const found = names('wuww', 'drop2');
    expect(found).to.include('drop1 4.d0').and.include('drop1 4.d2');
    expect(found.filter((name) => /\.d.*\b1\b/.test(name) || name.includes('d0-2'))).to.deep.equal([]);
  });

  it('drop at the ends of epochs alone outside the dense window', () => {
    expect(names('wwww', 'drop1', [9, 10]).filter((name) => name.startsWith('drop1'))).to.deep.equal([
      'drop1 4.d0',
      'drop1 4.d1',
      'drop1 4.d2',
    ]);
  });

  it('come once each, whatever the log', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[wWsfup]{1,12}$/), fc.boolean(), (letters, isDense) => {
        const found = names(letters, 'torn512', isDense ? [0, 1e9] : [0, 0]).map((name) => name.split(' ')[1]);
        expect(new Set(found).size, found.join(' ')).to.equal(found.length);
      }),
      { numRuns: 50 },
    );
  });

  it('hold the same bytes page by page as rebuilt from the log', () => {
    writeFileSync(scratch.file('base'), Buffer.alloc((pages + 2) * 4096, 0xee));
    const log = fc.stringMatching(/^[wWsfup]{1,10}$/);
    const places = fc.array(fc.integer({ min: 0, max: pages - 1 }), { minLength: 10, maxLength: 10 });
    fc.assert(
      fc.property(log, places, (letters, place) => {
        makeLog(letters, (i) => place[i]!);
        const disk = RecordedDisk.open({ basePath: scratch.file('base'), logPath: scratch.file('log') });
        const versions = new PageVersions(disk);
        const epochs = new EpochPages(versions);
        for (const epoch of epochsOf(disk.log)) {
          epochs.enter(epoch);
          for (const state of statesOf(disk.log, epoch, { bound: 'torn512', dense: [0, 1e9] })) {
            const rebuilt = new RebuiltState(disk, state);
            for (let page = 0; page < pages + 2; page++) {
              const bytes = versions.bytes(versions.content(epochs.version(page, state)));
              expect(bytes.equals(rebuilt.read(page * 4096, 4096)), `${stateName(state)} page ${page}`).to.equal(true);
            }
          }
        }
        disk.close();
      }),
      { numRuns: 40 },
    );
  });
});
