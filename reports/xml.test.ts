import { expect } from 'chai';
import fc from 'fast-check';
import { checkXml } from './fixtures/xml-check.ts';
import { printable } from './printable.ts';
import { element, xmlDocument } from './xml.ts';

describe('xml', () => {
  it('writes a document that says what was put in, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (attribute, text) => {
        const root = checkXml(xmlDocument(element('a', { b: attribute }, element('c', {}, text), element('d'))));
        expect(root.attributes['b']).to.equal(printable(attribute));
        expect(root.children[0]?.text).to.equal(printable(text));
      }),
    );
  });
});

describe('the check that these tests use', () => {
  const wrong = {
    'an open element': '<a><b></a>',
    'a bare ampersand': '<a>&</a>',
    'an unknown entity': '<a>&nbsp;</a>',
    'a control character': '<a>\u0007</a>',
    'a bare lesser-than in an attribute': '<a b="<"/>',
    'an attribute twice': '<a b="" b=""/>',
    'two roots': '<a/><a/>',
    'the end of a CDATA section in text': '<a>]]></a>',
    'an attribute without quotes': '<a b=c/>',
    'half of a surrogate pair': '<a>\ud800</a>',
  };
  for (const [what, xml] of Object.entries(wrong))
    it(`sees ${what}`, () => {
      expect(() => checkXml(`<?xml version="1.0" encoding="UTF-8"?>\n${xml}\n`)).to.throw();
    });
});
