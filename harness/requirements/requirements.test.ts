import { expect } from 'chai';
import fc from 'fast-check';
import { parse } from 'yaml';
import { strictDoc } from '../../reports/requirements/strictdoc.ts';
import { sphinxNeeds } from '../../reports/requirements/sphinx-needs.ts';
import type { Catalog } from '../run/catalog.ts';
import { parseCsv } from './csv.ts';
import { requirementProblems } from './requirements-gate.ts';
import { requirementsFromCsv } from './requirements-from-csv.ts';

const requirement = (id: string, reason?: string) => ({
  id,
  text: `what ${id} says`,
  source: 'a source',
  ...(reason === undefined ? {} : { 'no-scenario': reason }),
});
const scenario = (id: string, ...requirements: string[]) =>
  ({ spec: { id, title: id, requirements }, file: 'x.ts' }) as unknown as Catalog['scenarios'][number];
const issue = (expires: string) => ({
  id: 'KI-1',
  tracker: 'https://t/1',
  expires,
  acceptedBy: 'somebody',
  cases: ['a'],
  codes: ['b'],
});
const gate = (catalog: Partial<Catalog>) =>
  requirementProblems({ requirements: [], scenarios: [], knownIssues: [], ...catalog }, '2026-11-21');

describe('requirementProblems', () => {
  it('has nothing against a requirement with a scenario, or with a reason', () => {
    const requirements = [requirement('A'), requirement('B', 'a process')];
    expect(gate({ requirements, scenarios: [scenario('a', 'A')], knownIssues: [issue('2026-11-21')] })).to.deep.equal(
      [],
    );
  });

  it('names one without either, a reason that no longer holds, and an expired known issue', () => {
    expect(gate({ requirements: [requirement('A')] })).to.deep.equal([
      'requirement A has no scenario, and no reason (`no-scenario`) for it',
    ]);
    expect(gate({ requirements: [requirement('A', 'x')], scenarios: [scenario('a', 'A')] })[0]).to.contain('take its');
    expect(gate({ knownIssues: [issue('2026-11-20')] })).to.deep.equal([
      'known issue KI-1 expired on 2026-11-20: ask somebody (https://t/1)',
    ]);
  });
});

describe('parseCsv', () => {
  const quote = (field: string) => `"${field.replaceAll('"', '""')}"`;
  it('gives back what was written, whatever was in it', () => {
    const field = fc.string().filter((text) => text.trim() !== '');
    fc.assert(
      fc.property(fc.array(fc.array(field, { minLength: 1 }), { minLength: 1 }), fc.boolean(), (rows, windows) => {
        const text = rows.map((row) => row.map(quote).join(',')).join(windows ? '\r\n' : '\n');
        expect(parseCsv(text)).to.deep.equal(rows);
      }),
    );
  });

  it('reads bare fields, empty ones and a byte order mark, and refuses a broken quote with its line', () => {
    expect(parseCsv('\ufeffid,text\r\nA,\n\n,B\n')).to.deep.equal([
      ['id', 'text'],
      ['A', ''],
      ['', 'B'],
    ]);
    for (const text of ['a,b\n"c', 'a,b\nc"d,e', 'a,b\n"c"d']) expect(() => parseCsv(text), text).to.throw(/line 2/);
  });
});

describe('requirementsFromCsv', () => {
  it('gives the list as this project reads it', () => {
    const csv = 'Source,ID,Text,Owner\n"R156, 7.2",P-1,"Says ""no""\nand means it",x\n';
    expect(parse(requirementsFromCsv(csv))).to.deep.equal([
      { id: 'P-1', text: 'Says "no"\nand means it', source: 'R156, 7.2' },
    ]);
  });

  it('names every problem at once', () => {
    expect(() => requirementsFromCsv('id,text\nA,b')).to.throw('no column `source`');
    expect(() => requirementsFromCsv('id,text,source\nA,,s\nA,t,s')).to.throw(
      'row 2: `text` is empty; row 3: requirement A is listed twice',
    );
    expect(() => requirementsFromCsv('id,text,source\n')).to.throw('it has no rows');
  });
});

describe('exports of requirements', () => {
  const traced = [
    { id: 'A', text: 'says <<<\n[REQUIREMENT]', source: 's', scenarios: [{ id: 'x/y', title: 'one' }] },
    { id: 'B', text: 't', source: 's', scenarios: [{ id: 'x/y', title: 'one' }] },
    { id: 'C', text: 't', source: 's', reason: 'a process', scenarios: [] },
  ];

  it('writes a StrictDoc document whose texts cannot end their field', () => {
    const text = strictDoc(traced);
    expect(text.match(/^UID: .*$/gm)).to.deep.equal(['UID: A', 'UID: B', 'UID: C']);
    expect(text.match(/>>>$/gm)).to.have.length(text.match(/^<<<$/gm)?.length ?? -1);
    expect(text).to.contain('No scenario: a process');
  });

  it('writes needs in which a scenario links to all of its requirements', () => {
    const { versions } = JSON.parse(sphinxNeeds(traced, '1')) as {
      versions: Record<string, { needs: Record<string, { type: string; links: string[]; status: string }> }>;
    };
    const needs = versions['1']?.needs ?? {};
    expect(needs['TEST-X-Y']).to.deep.include({ type: 'test', links: ['A', 'B'] });
    expect(needs['C']).to.deep.include({ type: 'req', status: 'not tested' });
  });
});
