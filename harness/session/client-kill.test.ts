import { expect } from 'chai';
import { positionOfKill } from './client-kill.ts';

describe('a kill of the update client', () => {
  const booted = { staged: false, checksum: 'old' };
  const at = (phase: string, ...staged: string[]) =>
    positionOfKill(phase, [...staged.map((checksum) => ({ staged: true, checksum })), booted], 'new');

  it('fell before the stage when nothing is staged, or something else is', () => {
    expect(at('stage')).to.equal('before-commit');
    expect(at('stage', 'other')).to.equal('before-commit');
    expect(positionOfKill('stage', [{ staged: false, checksum: 'new' }], 'new')).to.equal('before-commit');
  });

  it('left an update to run to its end that was staged by then', () => {
    expect(at('stage', 'new')).to.equal('none');
  });

  it('stands before whatever is staged when it was aimed at the pull', () => {
    expect(at('pull', 'new')).to.equal('before-commit');
  });
});
