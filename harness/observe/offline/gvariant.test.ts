import { expect } from 'chai';
import fc from 'fast-check';
import { decodeGVariant } from './gvariant.ts';
import { GVariantError } from './gvariant-error.ts';

const bytes = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');

describe('GVariant', () => {
  // The worked examples of GLib's specification ("GVariant Serialisation", section 2.6); numbers big-endian.
  const examples: [string, string, unknown][] = [
    ['s', '68656c6c6f20776f726c6400', 'hello world'],
    ['ms', '68656c6c6f20776f726c640000', 'hello world'],
    ['ms', '', null],
    ['ab', '01000001 01', [true, false, false, true, true]],
    ['(si)', '666f6f00 ffffffff 04', ['foo', -1]],
    [
      'a(si)',
      '686900 00 fffffffe 03 000000 62796500 ffffffff 04 09 15',
      [
        ['hi', -2],
        ['bye', -1],
      ],
    ],
    ['as', '6900 63616e00 68617300 737472696e67733f00 02 06 0a 13', ['i', 'can', 'has', 'strings?']],
    ['ay', '04050607', Buffer.from([4, 5, 6, 7])],
    [
      '((ys)as)',
      '69 63616e00 68617300 737472696e67733f00 04 0d 05',
      [
        [0x69, 'can'],
        ['has', 'strings?'],
      ],
    ],
    ['(yy)', '7080', [0x70, 0x80]],
    [
      'a(iy)',
      '00000060 70 000000 00000288 f7 000000',
      [
        [96, 0x70],
        [648, 0xf7],
      ],
    ],
    ['a{sv}', '6b00 000000000000 78 0079 02 0c', [['k', { type: 'y', value: 0x78 }]]],
    ['()', '00', []],
    ['t', '00000000 00000001', 1n],
  ];
  for (const [type, hex, value] of examples)
    it(`decodes ${type} ${hex}`, () => expect(decodeGVariant(type, bytes(hex))).to.deep.equal(value));

  const malformed: [string, string, string][] = [
    ['a string without its end', 's', '6869'],
    ['an empty string', 's', ''],
    ['a string that goes on behind its end', 's', '68006900'],
    ['an offset behind the end', '(si)', '666f6f00 ffffffff 40'],
    ['offsets that go back', 'as', '6100 6200 04 02'],
    ['an array table behind the array', 'as', '6100 ff'],
    ['a short number', 'u', '000000'],
    ['a torn array of fixed size', 'au', '0000000000'],
    ['a variant of no type', 'v', '00'],
    ['a variant of a wrong type', 'v', '00007a'],
    ['an empty tuple with offsets', '(say)', ''],
  ];
  for (const [what, type, hex] of malformed)
    it(`refuses ${what}`, () => expect(() => decodeGVariant(type, bytes(hex))).to.throw(GVariantError));

  it('refuses type strings that are none, and nesting without end', () => {
    for (const type of ['', 'z', '(', '(s', 's)', '{s}', '{sss}', 'a', 'ss', 'a'.repeat(1000), '('.repeat(5000)])
      expect(() => decodeGVariant(type, bytes('00')), type.slice(0, 10)).to.throw(GVariantError);
    const nested = Buffer.from(`00${'0076'.repeat(5000)}`, 'hex');
    expect(() => decodeGVariant('v', nested)).to.throw(GVariantError);
  });

  it('takes any bytes as any type, or says that they are malformed', () => {
    const types = ['(a(say)a(sayay))', '(a{sv}aya(say)sstayay)', '(uuua(ayay))', 'v', 'aas', 'a(ss)', 'mms', 'av'];
    fc.assert(
      fc.property(fc.constantFrom(...types), fc.uint8Array({ maxLength: 64, size: 'max' }), (type, input) => {
        try {
          decodeGVariant(type, Buffer.from(input));
        } catch (error) {
          if (!(error instanceof GVariantError)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });
});
