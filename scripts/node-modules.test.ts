import { expect } from 'chai';
import { isInstalled } from './node-modules.mjs';

const wanted = {
  packages: {
    '': { version: '0.1.0' },
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/a/node_modules/b': { version: '2.0.0', integrity: 'sha512-b' },
    'node_modules/for-another-machine': { version: '3.0.0', integrity: 'sha512-c', optional: true },
  },
};
const a = wanted.packages['node_modules/a'];
const b = wanted.packages['node_modules/a/node_modules/b'];
const installed = { packages: { 'node_modules/a': a, 'node_modules/a/node_modules/b': b } };

describe('npm packages', () => {
  it('are there when npm says that it installed this lock file', () => {
    expect(isInstalled(wanted, installed)).to.equal(true);
  });

  it('are not there in an empty checkout, nor after an install that was broken off', () => {
    expect(isInstalled(wanted, undefined)).to.equal(false);
    expect(isInstalled(wanted, {})).to.equal(false);
  });

  it('are not there when one is missing, of another version, of other bytes, or left over', () => {
    const others = [
      { 'node_modules/a': a },
      { ...installed.packages, 'node_modules/a': { ...a, version: '1.0.1' } },
      { ...installed.packages, 'node_modules/a': { ...a, integrity: 'sha512-x' } },
      { ...installed.packages, 'node_modules/c': { version: '1.0.0', integrity: 'sha512-c' } },
    ];
    for (const packages of others) expect(isInstalled(wanted, { packages })).to.equal(false);
  });

  it('cannot be told without a lock file', () => {
    expect(isInstalled(undefined, installed)).to.equal(false);
  });
});
