import { expect } from 'chai';
import fc from 'fast-check';
import { driftOf, lockPackages, packageDrift } from './packages-lock.ts';

const one = (name: string, version = '1', sha256 = 'a'): { name: string; version: string; sha256: string } => ({
  name,
  version,
  sha256,
});

describe('drift of the packages', () => {
  it('is none between a list and itself, in any order', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z0-9][a-z0-9+.-]{1,10}$/));
    fc.assert(
      fc.property(names, (all) => {
        const list = all.map((name) => one(name));
        expect(packageDrift(list, [...list].reverse())).to.deep.equal([]);
      }),
    );
  });

  it('names what is new, gone, of another version, and first of all what is another package under the same version', () => {
    const locked = [one('adduser'), one('apt'), one('bash', '5.2-1'), one('zstd')];
    const built = [one('apt'), one('attr', '2.5'), one('bash', '5.2-2'), one('zstd', '1', 'b')];
    expect(packageDrift(locked, built)).to.deep.equal([
      'zstd: 1 with other contents than in the lock',
      'adduser: gone, 1 in the lock',
      'attr: 2.5, not in the lock',
      'bash: 5.2-2, 5.2-1 in the lock',
    ]);
  });

  it('is told of a set that has a lock, and of no other', async () => {
    expect(await driftOf({ name: 'reference', packages: [one('nothing-of-debian')] })).to.include(
      'nothing-of-debian: 1, not in the lock',
    );
    for (const name of ['forky', 'mine', 'constructor'])
      expect(await driftOf({ name, packages: [one('apt')] })).to.deep.equal([]);
  });

  it('refuses to lock a set that moves', async () => {
    const refused = await lockPackages({ name: 'forky', packages: [one('apt')] }).catch((error: unknown) => error);
    expect(refused).to.include({ code: 'set-not-locked' });
  });
});
