import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { openRun } from '../harness/record/run-record.ts';
import type { CheckedElement } from './fixtures/xml-check.ts';
import { checkXml } from './fixtures/xml-check.ts';
import { hostile } from './fixtures/rich-run.ts';
import { junitReport } from './junit.ts';

const stored = fileURLToPath(new URL('./fixtures/v1', import.meta.url));

describe('junitReport', () => {
  let root: CheckedElement;
  let cases: CheckedElement[];
  before(async () => {
    root = checkXml(junitReport((await openRun(stored)).ledger));
    cases = root.children.flatMap(({ children }) => children.filter(({ name }) => name === 'testcase'));
  });
  const named = (id: string) => cases.find(({ attributes }) => attributes['name'] === id);
  const resultOf = (id: string) =>
    named(id)?.children.find(({ name }) => ['failure', 'error', 'skipped'].includes(name));

  it('has a test case for every planned case, and counts them right', async () => {
    const { ledger } = await openRun(stored);
    expect(cases.map(({ attributes }) => attributes['name'])).to.have.members(
      ledger.cases.map(({ planned }) => planned.case),
    );
    for (const counted of [root, ...root.children]) {
      const inside = counted === root ? cases : counted.children.filter(({ name }) => name === 'testcase');
      const having = (name: string) =>
        inside.filter(({ children }) => children.some((child) => child.name === name)).length;
      expect(counted.attributes).to.include({
        tests: String(inside.length),
        failures: String(having('failure')),
        errors: String(having('error')),
        skipped: String(having('skipped')),
      });
    }
  });

  it('keeps the product, the bench and what is allowed apart', () => {
    expect(resultOf('update/plain#1')).to.equal(undefined);
    expect(resultOf('interrupted/boot-swap#1')?.name).to.equal('failure');
    expect(resultOf('interrupted/pull#1')?.name).to.equal('error');
    expect(resultOf('rollback/asked#1')?.name).to.equal('error');
    expect(resultOf('var/canaries#1')?.name).to.equal('error');
    expect(resultOf('network/gone#1')?.name).to.equal('skipped');
    expect(resultOf('interrupted/finalize#1')?.name).to.equal('skipped');
  });

  it('carries hostile text as text', () => {
    expect(resultOf('etc/merge#1')?.attributes['message']).to.contain(hostile.cdata);
    expect(named('interrupted/boot-swap#1')?.children.at(-1)?.text).to.contain(hostile.script);
  });
});
