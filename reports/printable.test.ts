import { expect } from 'chai';
import fc from 'fast-check';
import { hostile } from './fixtures/rich-run.ts';
import { oneLine, printable } from './printable.ts';

const acting = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/;
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.constantFrom('\u001b', '[', ']', '0', ';', 'm', '\u0007', '\r', '\n', '\ud800', '\udc00', '\u202e', 'a'))
    .map((some) => some.join('')),
);

describe('printable', () => {
  it('leaves nothing that acts on a screen, and no half of a surrogate pair', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const clean = printable(text);
        expect(clean).not.to.match(acting);
        expect(Buffer.from(clean).toString()).to.equal(clean);
        expect(oneLine(text, 20)).not.to.match(/\n/);
        expect(oneLine(text, 20).length).to.be.at.most(20);
      }),
    );
  });

  it('takes colours and titles away, and shows a stray escape', () => {
    expect(printable(hostile.control)).to.equal('bell<U+0007> nul<U+0000> escapered del<U+007F>');
    expect(printable('a\u001b[2Jb\u001b\u0001c')).to.equal('ab<U+001B><U+0001>c');
  });

  it('keeps text as it is', () => {
    const text = 'Grüße, 更新 🚀\n\tdone';
    expect(printable(text)).to.equal(text);
  });

  it('is not slowed down by a flood', () => {
    const flood = '\u001b]'.repeat(200_000) + '\u001b['.repeat(200_000);
    expect(printable(flood)).not.to.match(acting);
  });
});
