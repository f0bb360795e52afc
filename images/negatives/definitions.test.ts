import { expect } from 'chai';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { definitions, negatives } from '../definitions.ts';

const overlay = join(dirname(fileURLToPath(import.meta.url)), 'overlay');

describe('negatives', () => {
  it('each have a good image for a twin, and a change', () => {
    for (const [name, { twin, files = {} }] of Object.entries(negatives)) {
      expect(Object.keys(definitions), name).to.include(twin);
      expect(Object.keys(definitions), name).to.not.include(name);
      const changes = existsSync(join(overlay, name)) || Object.keys(files).length > 0;
      expect(changes, `${name} is its twin`).to.equal(true);
    }
  });

  it('own every overlay', () => {
    expect(Object.keys(negatives)).to.include.members(readdirSync(overlay));
  });

  it('keep the client that their wrapper calls', () => {
    const wrapped = Object.keys(negatives).filter((name) => existsSync(join(overlay, name, 'usr/bin/ostree')));
    expect(wrapped).to.not.be.empty;
    for (const name of wrapped) {
      const [, called] = /exec (\S+) "\$@"/.exec(readFileSync(join(overlay, name, 'usr/bin/ostree'), 'utf8')) ?? [];
      expect(negatives[name]?.files, name).to.have.property(called!.slice(1), 'v1:usr/bin/ostree');
    }
  });

  it('are each brought to a device by a scenario', () => {
    const scenarios = join(overlay, '../../../scenarios/negative');
    const text = readdirSync(scenarios)
      .map((file) => readFileSync(join(scenarios, file), 'utf8'))
      .join('\n');
    for (const name of Object.keys(negatives)) expect(text).to.include(`'${name}'`);
  });
});
