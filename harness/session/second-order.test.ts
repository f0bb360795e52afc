import { expect } from 'chai';
import type { Phase } from '../scenario/api.ts';
import { attemptsUsed } from './second-order.ts';

describe('attempts of the new system that a cut has used up', () => {
  const window = (phase: Phase, from: number, to: number) => ({ phase, from, to });
  const windows = [window('reboot', 10, 20), window('first-boot', 20, 40), window('boot-complete', 40, 50)];

  it('are none before its first boot, one in it, and none to count once the boot is marked good', () => {
    expect([9, 19, 20, 39, 49].map((entries) => attemptsUsed({ windows }, entries))).to.deep.equal([0, 0, 1, 1, 1]);
    expect([50, 60].map((entries) => attemptsUsed({ windows }, entries))).to.deep.equal([0, 0]);
  });

  it('are none where no new system was started', () => {
    expect(attemptsUsed({ windows: windows.slice(0, 1) }, 60)).to.equal(0);
  });
});
