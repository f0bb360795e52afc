import { expect } from 'chai';
import fc from 'fast-check';
import { LineSplitter, type ConsoleLine } from './console-line.ts';

function split(chunks: Buffer[]): ConsoleLine[] {
  const splitter = new LineSplitter();
  let offset = 0;
  const lines = chunks.flatMap((chunk) => {
    const found = splitter.push(chunk, offset);
    offset += chunk.length;
    return found;
  });
  const last = splitter.pending();
  return last ? [...lines, last] : lines;
}

describe('LineSplitter', () => {
  it('ends lines at CR and LF, and knows where they began', () => {
    expect(split([Buffer.from('one\r\n\rtwo\r'), Buffer.from('three')])).to.deep.equal([
      { text: 'one', offset: 0 },
      { text: 'two', offset: 6 },
      { text: 'three', offset: 10 },
    ]);
  });

  it('cuts a line without an end, and loses nothing of it', () => {
    const lines = split([Buffer.alloc(10_000, 'x')]);
    expect(lines.every(({ text }) => text.length <= 4096)).to.equal(true);
    expect(lines.map(({ text }) => text).join('')).to.have.length(10_000);
  });

  it('does not depend on the chunks', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', '\r', '\n', '\u001b[0m'), { maxLength: 40 })
      .map((all) => all.join(''));
    fc.assert(
      fc.property(text, fc.array(fc.nat(40), { maxLength: 6 }), (whole, cuts) => {
        const bytes = Buffer.from(whole);
        const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        const chunks = places.slice(1).map((place, index) => bytes.subarray(places[index], place));
        expect(split(chunks)).to.deep.equal(split([bytes]));
      }),
    );
  });

  it('keeps a copy: a buffer that is used again does not change a line', () => {
    const splitter = new LineSplitter();
    const shared = Buffer.from('good');
    splitter.push(shared, 0);
    shared.write('evil');
    expect(splitter.pending()?.text).to.equal('good');
  });
});
