import { expect } from 'chai';
import { positionOfKill } from './client-kill.ts';

describe('a kill of the update client', () => {
  const booted = { staged: false, checksum: 'old' };
  const position = (...staged: string[]) =>
    positionOfKill([...staged.map((checksum) => ({ staged: true, checksum })), booted], 'new');

  it('fell before the stage when nothing is staged, or something else is', () => {
    expect(position()).to.equal('before-commit');
    expect(position('other')).to.equal('before-commit');
    expect(positionOfKill([{ staged: false, checksum: 'new' }], 'new')).to.equal('before-commit');
  });

  it('left an update to run to its end that was staged by then', () => {
    expect(position('new')).to.equal('none');
  });
});
