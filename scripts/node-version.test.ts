import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { checkNodeVersion } from './node-version.mjs';

describe('Node version', () => {
  it('refuses an older one, and names both', () => {
    for (const version of ['18.20.4', '20.18.3', '20.9.0', '8.0.0'])
      expect(() => checkNodeVersion(version), version).to.throw(`Node ${version} is too old: bootproof needs 20.19`);
  });

  it('takes the floor and what is newer', () => {
    for (const version of ['20.19.0', '20.100.0', '22.0.0', '100.1.0']) checkNodeVersion(version);
  });

  it('has the floor of package.json', () => {
    const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    const [major, minor] = /(\d+)\.(\d+)$/.exec(engines.node)?.slice(1).map(Number) ?? [];
    expect(() => checkNodeVersion(`${major}.${(minor ?? 0) - 1}.9`)).to.throw('too old');
    checkNodeVersion(`${major}.${minor}.0`);
  });
});
