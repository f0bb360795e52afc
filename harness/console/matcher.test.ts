import { expect } from 'chai';
import fc from 'fast-check';
import { StreamMatcher, type NamedPattern, type StreamMatch } from './matcher.ts';

const patterns: NamedPattern[] = [
  { name: 'aab', pattern: 'aab' },
  { name: 'abab', pattern: 'abab' },
  { name: 'line-b', pattern: /^b+a/m },
  { name: 'greedy', pattern: /a(b|c)+c/ },
  { name: 'lazy', pattern: /b.*?c/ },
  { name: 'any', pattern: /c[^]*a\nc/ },
  { name: 'named', pattern: /(?<first>[ac])(?<second>b)?\1/ },
];

/** What StreamMatcher promises, said in the plainest way: try all patterns at every byte. */
function naive(chosen: readonly NamedPattern[], whole: string, from: number) {
  for (let end = from; end <= whole.length; end += 1) {
    for (const { name, pattern } of chosen) {
      if (typeof pattern === 'string') {
        const start = whole.slice(0, end).indexOf(pattern, from);
        if (start >= 0) return { name, text: pattern, start, end };
        continue;
      }
      const search = new RegExp(pattern.source, `${pattern.flags}g`);
      search.lastIndex = from;
      const found = search.exec(whole.slice(0, end));
      if (found) return { name, text: found[0], start: found.index, end };
    }
  }
  return undefined;
}

function stream(
  chosen: readonly NamedPattern[],
  whole: string,
  from: number,
  cuts: readonly number[],
  windowBytes = 65536,
) {
  const before = from > 0 ? whole.slice(from - 1, from) : '';
  const matcher = new StreamMatcher(chosen, from, { before, windowBytes });
  const places = [
    from,
    ...cuts.map((cut) => from + (cut % (whole.length - from + 1))).sort((a, b) => a - b),
    whole.length,
  ];
  for (const [index, place] of places.slice(1).entries()) {
    const match = matcher.push(whole.slice(places[index], place));
    if (match) return match;
  }
  return undefined;
}

const plain = (match: StreamMatch | undefined) =>
  match && { name: match.name, text: match.text, start: match.start, end: match.end };

const text = (maxLength: number) =>
  fc.array(fc.constantFrom('a', 'b', 'c', '\n'), { maxLength }).map((characters) => characters.join(''));
const cuts = fc.array(fc.nat(1000), { maxLength: 12 });
const some = fc.shuffledSubarray(patterns, { minLength: 1 });

describe('StreamMatcher', () => {
  it('tracks back: aab in aaab, split anywhere', () => {
    for (let first = 0; first <= 4; first += 1)
      for (let second = first; second <= 4; second += 1) {
        const matcher = new StreamMatcher([{ name: 'aab', pattern: 'aab' }]);
        const found = ['aaab'.slice(0, first), 'aaab'.slice(first, second), 'aaab'.slice(second)]
          .map((chunk) => matcher.push(chunk))
          .find(Boolean);
        expect(found).to.include({ start: 1, end: 4 });
      }
  });

  it('finds what a naive search on the whole finds, whatever the chunks', () => {
    fc.assert(
      fc.property(some, text(40), fc.nat(10), cuts, (chosen, whole, offset, places) => {
        const from = Math.min(offset, whole.length);
        expect(plain(stream(chosen, whole, from, places))).to.deep.equal(naive(chosen, whole, from));
      }),
      { numRuns: 2000 },
    );
  });

  it('does not depend on the chunks where the window is shorter than the text, and finds every match that fits in it', () => {
    fc.assert(
      fc.property(some, text(120), cuts, fc.integer({ min: 1, max: 12 }), (chosen, whole, places, windowBytes) => {
        const found = plain(stream(chosen, whole, 0, places, windowBytes));
        expect(found).to.deep.equal(plain(stream(chosen, whole, 0, [], windowBytes)));
        const expected = naive(chosen, whole, 0);
        if (expected && expected.end - expected.start <= windowBytes) expect(found?.end).to.equal(expected.end);
        if (found) expect(whole.slice(found.start, found.end)).to.equal(found.text);
      }),
      { numRuns: 2000 },
    );
  });

  it('finds a string of any length, whatever the window', () => {
    const needle = 'abc'.repeat(50);
    const match = stream([{ name: 'long', pattern: needle }, patterns[3]!], `xx${needle}`, 0, [3, 70, 71, 140], 4);
    expect(match?.name).to.equal('greedy');
    expect(stream([{ name: 'long', pattern: needle }], `abcabx${needle}`, 0, [3, 70, 71, 140], 4)).to.include({
      start: 6,
    });
  });

  it('forgets what no window needs any more', () => {
    const matcher = new StreamMatcher(
      [
        { name: 'far', pattern: /a[^]*b/ },
        { name: 'text', pattern: 'zzz' },
      ],
      0,
      {
        windowBytes: 100,
      },
    );
    matcher.push('a');
    for (let index = 0; index < 10; index += 1) expect(matcher.push('-'.repeat(100))).to.equal(undefined);
    expect(matcher.push('b')).to.equal(undefined);
  });

  it('takes bytes as they are: UTF-8 in a string, latin1 in a match', () => {
    const bytes = Buffer.from('ready ✓!', 'utf8').toString('latin1');
    expect(new StreamMatcher([{ name: 'tick', pattern: '✓' }]).push(bytes)).to.include({ start: 6, end: 9 });
  });

  it('gives groups by number and by name', () => {
    const match = new StreamMatcher([{ name: 'version', pattern: /Linux version (?<release>\S+) / }]).push(
      'Linux version 6.12 x',
    );
    expect(match?.groups).to.deep.equal({ 1: '6.12', release: '6.12' });
  });

  it('refuses patterns whose result would depend on what has not come yet', () => {
    for (const pattern of [/login: $/, /panic\b/, /foo(?!bar)/, /(?<=x)y/, /^start/, /x*/, '', /[$]?/])
      expect(() => new StreamMatcher([{ name: 'bad', pattern }]), String(pattern)).to.throw('Pattern cannot be used');
    for (const pattern of [/[$^]x/, /\$x/, /^start/m, /(?<name>x)/, /[\b]/])
      expect(() => new StreamMatcher([{ name: 'good', pattern }]), String(pattern)).not.to.throw();
  });
});
