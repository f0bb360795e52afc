import { expect } from 'chai';
import fc from 'fast-check';
import { printable } from '../printable.ts';
import { html } from './template.ts';

describe('html template', () => {
  it('lets no string out of the place where it was put', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { text: page } = html`<p title="${text}">${text}</p>`;
        const match = /^<p title="([^"'<>]*)">([^"'<>]*)<\/p>$/.exec(page);
        const back = (escaped = '') =>
          escaped.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
        expect(back(match?.[1])).to.equal(printable(text));
        expect(back(match?.[2])).to.equal(printable(text));
      }),
    );
  });

  it('puts markup into markup, in lists too, and nothing for undefined', () => {
    const items = ['<a>', '&'].map((item) => html`<li>${item}</li>`);
    const list = html`<ul>
      ${items}${undefined}${3}
    </ul>`;
    expect(list.text.replace(/\n\s*/g, '')).to.equal('<ul><li>&#60;a&#62;</li><li>&#38;</li>3</ul>');
  });
});
