import { expect } from 'chai';
import { join } from 'node:path';
import { reproduceLine } from './run.ts';
import { home } from './tool.ts';

describe('the line that does a case again', () => {
  const planned = { case: 'update/update' } as Parameters<typeof reproduceLine>[0]['planned'];
  const usual = { bench: [], images: 'reference', scenarios: join(home, 'scenarios'), budget: 30, out: 'runs' };

  it('leaves out what is so by itself', () => {
    expect(reproduceLine({ planned }, 7, usual)).to.equal('npx bootproof run --seed 7 update/update');
  });

  it('finds the case where it stood, and gives it the time that it had', () => {
    const options = { ...usual, bench: ["it's.yaml"], scenarios: '/mine', budget: 90 };
    expect(reproduceLine({ planned }, 7, options)).to.equal(
      "npx bootproof run --bench 'it'\\''s.yaml' --scenarios /mine --budget 90 --seed 7 update/update",
    );
  });
});
