import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadCatalog } from '../run/catalog.ts';
import { interruptions, interruptionTable, notApplicable, ostreePhases } from './interruptions.ts';

describe('cells of fault and phase', () => {
  const home = new URL('../../', import.meta.url);
  let cases: Set<string>;
  beforeEach(async () => {
    const { scenarios } = await loadCatalog(fileURLToPath(new URL('scenarios', home)));
    cases = new Set(scenarios.map(({ spec }) => spec.id));
  });

  it('have a case or a reason why there is none, and not both', () => {
    expect(interruptionTable(cases)).to.not.match(/\*\*/);
  });

  it('would show a case that is missing, and a reason that no longer holds', () => {
    cases.delete('interrupted/cut/reboot');
    cases.add('interrupted/kill/reboot');
    expect(interruptionTable(cases)).to.match(
      /\| reboot \| \*\*missing\*\* \| `interrupted\/reset\/reboot` \| \*\*both\*\* \|/,
    );
  });

  it('are cut on every swap path', () => {
    for (const path of ['', 'two-deployments/', 'same-kernel/', 'same-kernel/two-deployments/'])
      for (const phase of ostreePhases) expect([...cases]).to.include(`interrupted/cut/${path}${phase}`);
  });

  it('are listed in docs/interruptions.md as they are', async () => {
    const { scenarios } = await loadCatalog(fileURLToPath(new URL('scenarios', home)));
    const table = interruptionTable(new Set(scenarios.map(({ spec }) => spec.id)));
    const page = readFileSync(new URL('docs/interruptions.md', home), 'utf8');
    expect(page.includes(table), `docs/interruptions.md has to contain:\n${table}`).to.equal(true);
    expect(Object.keys(notApplicable)).to.deep.equal(Object.keys(interruptions));
  });
});
