import { expect } from 'chai';
import { InvalidArgumentError } from 'commander';
import { wholeNumber } from './numbers.ts';

describe('a whole number as an option', () => {
  const parse = wholeNumber(1, 100);

  it('takes digits within the bounds', () => {
    expect(['1', '007', '100'].map(parse)).to.deep.equal([1, 7, 100]);
  });

  for (const value of ['', '0', '101', '-1', '1.5', '1e2', '0x10', ' 7', 'many'])
    it(`refuses '${value}'`, () => {
      expect(() => parse(value)).to.throw(InvalidArgumentError, 'a whole number from 1 to 100');
    });
});
