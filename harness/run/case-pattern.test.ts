import { expect } from 'chai';
import fc from 'fast-check';
import { matchesCase } from './case-pattern.ts';
import { caseSeed } from './case-seed.ts';

describe('matchesCase', () => {
  it('knows ids, repetitions, globs and folders', () => {
    const table: [string, string, boolean][] = [
      ['update', 'update', true],
      ['update/etc', 'update', false],
      ['interrupted/boot-swap#2', 'interrupted/boot-swap', true],
      ['interrupted/boot-swap#2', 'interrupted/boot-swap#2', true],
      ['interrupted/boot-swap#12', 'interrupted/boot-swap#1', false],
      ['interrupted/boot-swap', 'interrupted/*', true],
      ['interrupted/cut/pull', 'interrupted/*', false],
      ['interrupted/cut/pull', 'interrupted/**', true],
      ['interrupted/cut/pull', '**/pull', true],
      ['pull', '**/pull', true],
      ['interrupted/cut/pull', 'interrupted/', true],
      ['a.b', 'a?b', false],
      ['axb', 'a.b', false],
    ];
    for (const [id, pattern, matches] of table)
      expect(matchesCase(id, pattern), `${id} ~ ${pattern}`).to.equal(matches);
  });

  it('takes any text as a pattern', () => {
    fc.assert(fc.property(fc.string(), (text) => typeof matchesCase('a/b#1', text) === 'boolean'));
  });
});

describe('caseSeed', () => {
  it('depends on the run and on the case, and on nothing else', () => {
    expect(caseSeed(7, 'a')).to.equal(caseSeed(7, 'a')).and.not.equal(caseSeed(8, 'a'));
    expect(caseSeed(7, 'a')).not.to.equal(caseSeed(7, 'b'));
  });
});
