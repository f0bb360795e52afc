import { expect } from 'chai';
import { bootWords, firstStart } from './state-boot.ts';

describe('what a boot of a crash state ended in', () => {
  it('is what runs after the first start of a kernel', () => {
    expect(bootWords(firstStart(1, 'old'))).to.equal('old');
  });

  it('is nothing where it took a second start, whatever ran then', () => {
    expect(firstStart(2, 'new').boots).to.equal('nothing');
    expect(bootWords(firstStart(2, 'new'))).to.equal('nothing, then new');
  });
});
