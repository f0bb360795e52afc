import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const mocha = fileURLToPath(new URL('../node_modules/mocha/bin/mocha.js', import.meta.url));
const reporter = fileURLToPath(new URL('./mocha-counts.mjs', import.meta.url));

interface Counted {
  readonly counts: Record<string, unknown>;
  readonly failures: readonly string[];
}

describe('counts of a mocha run', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bootproof-counts-'));
    mkdirSync(join(folder, 'targets/contract'), { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const run = (files: Record<string, string>) => {
    for (const [name, body] of Object.entries(files)) writeFileSync(join(folder, name), body);
    const counts = join(folder, 'counts.json');
    const option = ['--reporter', reporter, '--reporter-option', `counts=${counts}`];
    const paths = Object.keys(files).map((name) => join(folder, name));
    const argv = [mocha, '--no-config', ...option, ...paths];
    const { status, stdout } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
    return { status, stdout, ...(JSON.parse(readFileSync(counts, 'utf8')) as Counted) };
  };

  it('tells contract tests by their folder, and failed and pending ones from passed ones', () => {
    const { status, stdout, counts, failures } = run({
      'a.test.mjs': "it('good', () => {}); it('later'); it('bad', () => { throw new Error('said so'); });",
      'targets/contract/power.test.mjs': "it('good', () => {}); it('good too', () => {});",
    });
    expect(counts).to.deep.equal({
      unit: { passed: 1, failed: 1, left: 1 },
      contract: { passed: 2, failed: 0, left: 0 },
    });
    expect(failures).to.deep.equal(['bad: said so']);
    expect(status).to.equal(1);
    expect(stdout).to.contain('said so');
  });

  it('counts a hook that failed, with the tests it kept from running', () => {
    const { counts, failures } = run({
      'a.test.mjs': "before(() => { throw new Error('no'); }); it('never runs', () => {});",
    });
    expect(failures).to.deep.equal(['"before all" hook for "never runs": no']);
    expect(counts['unit']).to.deep.equal({ passed: 0, failed: 1, left: 0 });
  });
});
