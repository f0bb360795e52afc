import { expect } from 'chai';
import { LastLines } from './last-lines.ts';

describe('LastLines', () => {
  it('keeps the end of a stream, in bounded memory, with control characters escaped', () => {
    const lines = new LastLines(40);
    lines.push(Buffer.from(`first ${'x'.repeat(100)}\n`));
    lines.push(Buffer.from('second \x1b[2J\n\nthi'));
    lines.push(Buffer.from('rd\n'));
    expect(lines.lines(2)).to.deep.equal(['second \\u001b[2J', 'third']);
    expect(lines.lines().join('').length).to.be.lessThan(60);
  });
});
