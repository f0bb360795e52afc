import { expect } from 'chai';
import { execa } from 'execa';
import { flippedBit, flipScript } from './flipped-bit.ts';

describe('flipped bit', () => {
  it('is one that the storage holds now', () => {
    expect(flippedBit('/dev/vda4 212860928 118 119')).to.deep.equal({
      device: '/dev/vda4',
      offset: 212860928,
      before: 118,
      after: 119,
    });
    for (const said of ['/dev/vda4 212860928 118 118', '/dev/vda4 1 118 0', '/dev/vda4 1 118', '', 'vda4 1 118 119'])
      expect(flippedBit(said), said).to.equal(undefined);
  });

  it('comes from a script that a shell can read', async () => {
    const { exitCode } = await execa('sh', ['-n', '-c', flipScript], { reject: false });
    expect(exitCode).to.equal(0);
  });
});
