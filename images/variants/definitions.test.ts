import { expect } from 'chai';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { definitions, negatives, variants } from '../definitions.ts';

const here = dirname(fileURLToPath(import.meta.url));
const scenarios = join(here, '../../scenarios');

describe('variants', () => {
  it('are made from, boot like, and come as a delta from an image of the set, under a name of their own', () => {
    for (const [name, { base, bootsLike = base, deltaFrom = base }] of Object.entries(variants)) {
      expect(Object.keys(definitions), name).to.include.members([base, bootsLike, deltaFrom]);
      expect({ ...definitions, ...negatives }, name).not.to.have.property(name);
    }
  });

  it('have the script and the change that they name', () => {
    for (const [name, { shape }] of Object.entries(variants)) {
      if (shape !== undefined) expect(existsSync(join(here, shape)), `${name}: ${shape}`).to.equal(true);
      expect(shape !== undefined || existsSync(join(here, 'overlay', name)), `${name} is its base`).to.equal(true);
    }
    expect(Object.keys(variants)).to.include.members(readdirSync(join(here, 'overlay')));
  });

  it('are each asked for by a scenario', () => {
    const text = readdirSync(scenarios)
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(join(scenarios, file), 'utf8'))
      .join('\n');
    for (const name of Object.keys(variants)) expect(text).to.include(`'${name}'`);
  });
});
