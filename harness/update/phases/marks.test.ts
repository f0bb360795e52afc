import { expect } from 'chai';
import fc from 'fast-check';
import { HarnessError } from '../../errors/harness-error.ts';
import { parseMark, readMarks } from './marks.ts';
import { MemoryLog } from './memory-log.ts';

const partition = { firstSector: 100, sectors: 16 };
const mark = (seq: number, phase = 'pull', edge = 'begin', text = ' t'): string =>
  `bootproof-mark ${seq} ${phase} ${edge}${text}\n`;

describe('phase marks', () => {
  it('are read in log order, with the index of the entry that wrote each', () => {
    const log = new MemoryLog();
    log.write(50, mark(9));
    log.write(100, mark(0, 'pull', 'begin', ' free text'));
    log.flush();
    log.write(101, mark(1, 'pull', 'end', ''));
    log.discard(100, 16);
    log.write(116, mark(16));
    expect(readMarks(log, partition)).to.deep.equal([
      { seq: 0, phase: 'pull', edge: 'begin', text: 'free text', logIndex: 1 },
      { seq: 1, phase: 'pull', edge: 'end', text: '', logIndex: 3 },
    ]);
  });

  it('may begin at any number, and stand in one write with what is around them', () => {
    const log = new MemoryLog();
    const page = Buffer.alloc(4 * 512);
    page.write(mark(99), 0);
    page.write(mark(0), 512);
    page.write(mark(1), 1024);
    log.write(99, page);
    log.write(99, page);
    expect(readMarks(log, partition).map(({ seq, logIndex }) => [seq, logIndex])).to.deep.equal([
      [0, 0],
      [1, 0],
    ]);
  });

  it('ignores sectors that are no marks', () => {
    const log = new MemoryLog();
    log.write(100, Buffer.alloc(512));
    log.write(101, 'something else');
    expect(readMarks(log, partition)).to.deep.equal([]);
  });

  const broken: [string, [number, string][]][] = [
    ['mark-out-of-place', [[101, mark(0)]]],
    [
      'mark-missing',
      [
        [100, mark(0)],
        [102, mark(2)],
      ],
    ],
    [
      'mark-rewritten',
      [
        [100, mark(0)],
        [100, mark(0, 'stage')],
      ],
    ],
    ['mark-malformed', [[100, 'bootproof-mark 0 pull begun\n']]],
    ['mark-malformed', [[100, 'bootproof-mark 0 pull begin no end']]],
    ['mark-malformed', [[100, `${mark(0)}rest of another`]]],
    ['mark-malformed', [[100, 'bootproof-mark -1 pull begin\n']]],
  ];
  for (const [code, writes] of broken)
    it(`refuses ${code}: ${JSON.stringify(writes.at(-1)![1])}`, () => {
      const log = new MemoryLog();
      for (const [sector, text] of writes) log.write(sector, text);
      expect(() => readMarks(log, partition))
        .to.throw()
        .with.property('code', code);
    });

  it('may jump ahead over a reset, and only there', () => {
    const log = new MemoryLog();
    log.write(100, mark(0));
    log.write(105, mark(5));
    expect(readMarks(log, partition, [1]).map(({ seq }) => seq)).to.deep.equal([0, 5]);
    for (const reset of [0, 2]) expect(() => readMarks(log, partition, [reset])).to.throw('follows mark 0');
    log.write(102, mark(2));
    expect(() => readMarks(log, partition, [1, 2])).to.throw('follows mark 5');
  });

  it('takes any bytes, or says what is wrong with them', () => {
    const tail = fc.uint8Array({ maxLength: 500 });
    fc.assert(
      fc.property(fc.boolean(), tail, (begins, bytes) => {
        try {
          parseMark(Buffer.concat([Buffer.from(begins ? 'bootproof-mark ' : ''), bytes]), 0);
        } catch (error) {
          if (!(error instanceof HarnessError)) throw error;
        }
      }),
    );
  });

  it('gives back any mark that was written', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 15 }),
        fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/),
        fc.constantFrom('begin', 'end'),
        fc.string({ maxLength: 60 }).filter((text) => !/[\n\0]/.test(text)),
        (seq, phase, edge, text) => {
          const log = new MemoryLog();
          log.write(100 + seq, mark(seq, phase, edge, ` ${text}`));
          expect(readMarks(log, partition)).to.deep.equal([{ seq, phase, edge, text, logIndex: 0 }]);
        },
      ),
    );
  });
});
