import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { VerdictKind } from '../harness/record/event.ts';
import { RecordWriter } from '../harness/record/writer.ts';

const testRun = new URL('./test-run.mjs', import.meta.url).href;

interface Checkout {
  readonly lint?: string;
  readonly unit?: string;
  readonly board?: string;
  /** Exit codes of `images build` and of `run`. */
  readonly images?: number;
  readonly run?: number;
  /** Of a case and a negative; undefined: planned, and never judged. `none`: not even a record. */
  readonly verdicts?: readonly [VerdictKind | undefined, VerdictKind | undefined] | 'none';
}

/** What a bootproof must do here: leave a record and end with a code. */
const fakeBootproof = `
import { mkdirSync, renameSync } from 'node:fs';
const codes = JSON.parse(process.argv[2] === 'images' ? process.env.FAKE_IMAGES : process.env.FAKE_RUN);
if (process.argv[2] === 'images') console.log('built');
else {
  console.log(process.argv.slice(2).join(' '));
  mkdirSync('runs', { recursive: true });
  try { renameSync('prepared', 'runs/one'); } catch {}
}
process.exitCode = codes;
`;

describe('npm test', function () {
  this.timeout(60_000);
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'bootproof-checkout-'));
    symlinkSync(fileURLToPath(new URL('../node_modules', import.meta.url)), join(root, 'node_modules'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const put = (path: string, content: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };

  const prepareRecord = (verdicts: readonly (VerdictKind | undefined)[]) => {
    const plain = { scenario: 'update', title: 'an update', requirements: [], needs: [], bench: 'qemu' };
    const cases = [
      { ...plain, case: 'update' },
      { ...plain, case: 'negative/lie', negative: { verdict: 'failed' as const, codes: ['lie'] } },
    ];
    const facts = { run: 'one', tool: { version: '0', commit: 'none' }, profile: 'test', seed: 1 };
    const writer = RecordWriter.create(join(root, 'prepared'), { ...facts, images: {}, benches: {}, host: {}, cases });
    verdicts.forEach((verdict, index) => {
      const id = cases[index]?.case ?? '';
      if (verdict) writer.write({ event: 'verdict', case: id, verdict, reason: '', durationMs: 1, reproduce: id });
    });
    writer.close();
  };

  const npmTest = ({
    lint = 'true',
    unit = '',
    board = '',
    images = 0,
    run = 0,
    verdicts = ['passed', 'passed'],
  }: Checkout) => {
    put('package.json', JSON.stringify({ type: 'module', scripts: { lint, types: 'true' } }));
    put('.mocharc.json', JSON.stringify({ spec: ['unit.test.js', 'targets/contract/*.test.js'] }));
    put('unit.test.js', `it('good', () => {}); ${unit}`);
    put('targets/contract/power.test.js', "it('good', () => {});");
    put('targets/contract/qemu.contract.ts', "it('good', () => {});");
    put(
      'targets/contract/board.contract.ts',
      `it('over a pty', () => {}); it('over a lab that is not here'); ${board}`,
    );
    put('bin/bootproof.mjs', fakeBootproof);
    if (verdicts !== 'none') prepareRecord(verdicts);
    const script = `const { runTests } = await import(${JSON.stringify(testRun)});
      process.exitCode = await runTests(${JSON.stringify(root)}, 'test', new AbortController().signal);`;
    const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      env: { ...process.env, FAKE_IMAGES: String(images), FAKE_RUN: String(run) },
    });
    return { status, stdout, lines: stdout.trimEnd().split('\n') };
  };

  it('runs each stage and ends with the counts', () => {
    const { status, stdout, lines } = npmTest({});
    expect(lines.slice(-5)).to.deep.equal(['unit: 1', 'contract: 3', 'device: 1', 'negative: 1', '6 passed, 0 failed']);
    const stages = [...stdout.matchAll(/^== (.*): passed, \d+ s$/gm)].map(([, name]) => name);
    expect(stages).to.deep.equal([
      'lint',
      'types',
      'images',
      'unit and contract tests',
      'contract of the QEMU target',
      'contract of the board target',
      'device cases, profile test',
    ]);
    expect(stdout).to.contain('run --profile test\n');
    expect(status).to.equal(0);
  });

  it('goes on after a failed stage, and fails', () => {
    const { status, stdout, lines } = npmTest({
      lint: 'echo unused; false',
      unit: "it('bad', () => { throw new Error('no'); });",
    });
    expect(lines).to.include.members([
      'unused',
      'failed: lint ended with 1',
      'failed: bad: no',
      'unit: 2',
      'device: 1',
    ]);
    expect(lines.at(-1)).to.equal('6 passed, 2 failed');
    expect(stdout).to.contain('== lint: failed with 1');
    expect(status).to.equal(1);
  });

  it('fails for a board that does not keep the contract, and goes on', () => {
    const { status, stdout, lines } = npmTest({ board: "it('bad, over a pty', () => { throw new Error('no'); });" });
    expect(lines).to.include.members(['failed: bad, over a pty: no', 'device: 1']);
    expect(lines.at(-1)).to.equal('6 passed, 1 failed');
    expect(stdout.indexOf('board target')).to.be.lessThan(stdout.indexOf('device cases'));
    expect(status).to.equal(1);
  });

  it('fails for a planned case without a verdict, even if the run ended well', () => {
    const { status, lines } = npmTest({ verdicts: ['passed', undefined] });
    expect(lines).to.include.members([
      'planned, but without a verdict: negative/lie',
      'failed: negative/lie: not-run: no verdict in the record (harness ended early)',
    ]);
    expect(lines.at(-1)).to.equal('5 passed, 1 failed');
    expect(status).to.equal(1);
  });

  it('fails when the run leaves no record, or ends badly with all cases passed', () => {
    expect(npmTest({ verdicts: 'none' })).to.include({ status: 1 });
    const { status, lines } = npmTest({ run: 3 });
    expect(lines).to.include('failed: device cases ended with 3');
    expect(status).to.equal(1);
  });

  it('runs no device case without images', () => {
    const { status, stdout, lines } = npmTest({ images: 1 });
    expect(stdout).to.not.contain('run --profile');
    expect(lines).to.include.members(['failed: images ended with 1', 'device: 0', 'unit: 1']);
    expect(status).to.equal(1);
  });
});
