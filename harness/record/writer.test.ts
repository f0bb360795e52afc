import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { execa, execaNode } from 'execa';
import { HarnessError } from '../errors/harness-error.ts';
import { maxStringLength } from './bounded.ts';
import type { PlannedCase, RecordEvent, RecordPayload } from './event.ts';
import { ledgerOf } from './ledger.ts';
import { readRecord } from './reader.ts';
import { Redactor } from './redaction.ts';
import type { RunPlan } from './writer.ts';
import { RecordWriter } from './writer.ts';

const planned = (id: string): PlannedCase => ({
  case: id,
  scenario: id,
  title: id,
  requirements: ['R-1'],
  needs: [],
  bench: 'qemu-a',
});
const plan: RunPlan = {
  run: 'r',
  tool: { version: '0', commit: 'c' },
  profile: 'p',
  seed: 1,
  images: {},
  benches: {},
  host: {},
  cases: [planned('a#1'), planned('b#1')],
};
const passed = (id: string): RecordPayload => ({
  event: 'verdict',
  case: id,
  verdict: 'passed',
  reason: '',
  durationMs: 5,
  reproduce: `bootproof replay ${id}`,
});

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof HarnessError) return error.code;
    throw error;
  }
  return 'nothing thrown';
}

async function read(dir: string): Promise<RecordEvent[]> {
  const events: RecordEvent[] = [];
  await readRecord(join(dir, 'record.jsonl'), (event) => events.push(event));
  return events;
}

describe('RecordWriter', () => {
  let dir: string;
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'record-'))));
  afterEach(() => rmSync(dir, { recursive: true }));

  it('has the plan on disk when create returns, and every line when write does', () => {
    const writer = RecordWriter.create(dir, plan);
    expect(readFileSync(writer.path, 'utf8')).to.match(/^\{"seq":0,.*"event":"planned".*\}\n$/);
    writer.write(passed('a#1'));
    expect(readFileSync(writer.path, 'utf8').trimEnd().split('\n')).to.have.length(2);
    writer.close();
  });

  it('is read back whole, with the same head', async () => {
    const writer = RecordWriter.create(dir, plan);
    writer.write(passed('a#1'));
    const end = await readRecord(writer.path, () => undefined);
    expect(end).to.deep.equal({ lines: 2, head: writer.head, truncated: undefined });
    writer.close();
  });

  it('never writes over a record', () => {
    writeFileSync(join(dir, 'record.jsonl'), 'precious');
    expect(codeOf(() => RecordWriter.create(dir, plan))).to.equal('record-exists');
    expect(readFileSync(join(dir, 'record.jsonl'), 'utf8')).to.equal('precious');
  });

  it('refuses what would make the ledger lie', () => {
    const writer = RecordWriter.create(dir, plan);
    writer.write(passed('a#1'));
    const before = readFileSync(writer.path);
    const refused = [
      passed('a#1'),
      passed('unknown#1'),
      { ...passed('b#1'), verdict: 'fine' },
      { event: 'planned', version: 1 },
    ] as RecordPayload[];
    for (const payload of refused) expect(codeOf(() => writer.write(payload))).to.equal('record-payload-invalid');
    expect(readFileSync(writer.path)).to.deep.equal(before);
    writer.write({ event: 'run-ended', exitCode: 0, reason: '', durationMs: 1 });
    expect(codeOf(() => writer.write(passed('b#1')))).to.equal('record-payload-invalid');
    writer.close();
  });

  it('refuses a plan with the same case twice', () => {
    expect(codeOf(() => RecordWriter.create(dir, { ...plan, cases: [planned('a#1'), planned('a#1')] }))).to.equal(
      'record-payload-invalid',
    );
  });

  it('takes secrets out of values and keys, and leaves the words of the schema alone', async () => {
    const redactor = new Redactor();
    for (const secret of ['hunter2!', 'passed', 'verdict']) redactor.add(secret);
    const writer = RecordWriter.create(dir, plan, { redactor });
    writer.write({ event: 'note', case: 'a#1', kind: 'x', data: { 'hunter2!': ['it is hunter2! indeed'] } });
    writer.write({ ...passed('a#1'), reason: 'hunter2! passed' } as RecordPayload);
    writer.close();
    const text = readFileSync(writer.path, 'utf8');
    expect(text).not.to.contain('hunter2');
    const [, note, verdict] = await read(dir);
    expect(note).to.deep.include({ data: { '[redacted]': ['it is [redacted] indeed'] } });
    expect(verdict).to.include({ event: 'verdict', verdict: 'passed', reason: '[redacted] [redacted]' });
  });

  it('bounds long strings and splits many findings, losing none', async () => {
    const writer = RecordWriter.create(dir, plan);
    const finding = {
      oracle: 6,
      code: 'mixture',
      severity: 'violation',
      message: 'm'.repeat(150),
      view: 'live',
    } as const;
    const findings = Array.from({ length: 30_000 }, (_, n) => ({ ...finding, details: { path: `etc/${n}` } }));
    writer.write({ event: 'judged', case: 'a#1', transition: 't', findings });
    writer.write({ event: 'note', case: 'a#1', kind: 'flood', data: { said: 'x'.repeat(3 * maxStringLength) } });
    writer.close();
    const events = await read(dir);
    const ledger = ledgerOf(events);
    expect(ledger.cases[0]?.judged.length).to.be.greaterThan(1);
    expect(ledger.cases[0]?.findings.map(({ details }) => details['path'])).to.deep.equal(
      findings.map(({ details }) => details.path),
    );
    expect(ledger.cases[0]?.notes[0]?.data['said']).to.match(/^x{65536} \[131072 characters left out\]$/);
  });

  it('refuses a line that the reader would refuse, and goes on', async () => {
    const writer = RecordWriter.create(dir, plan);
    const data = { said: Array.from({ length: 400 }, () => 'x'.repeat(maxStringLength)) };
    expect(codeOf(() => writer.write({ event: 'note', case: 'a#1', kind: 'flood', data }))).to.equal(
      'record-line-too-long',
    );
    writer.write(passed('a#1'));
    writer.close();
    expect(await read(dir)).to.have.length(2);
  });

  it('leaves a readable record when its process is killed', async () => {
    const script = `
      const { RecordWriter } = await import(${JSON.stringify(new URL('./writer.ts', import.meta.url).href)});
      const writer = RecordWriter.create(${JSON.stringify(dir)}, ${JSON.stringify(plan)});
      writer.write({ event: 'case-started', case: 'a#1', bench: 'qemu-a', seed: 1 });
      process.kill(process.pid, 'SIGKILL');`;
    const file = join(dir, 'killed.mjs');
    writeFileSync(file, script);
    const result = await execaNode(file, { nodeOptions: ['--import', import.meta.resolve('tsx')], reject: false });
    expect(result.signal).to.equal('SIGKILL');
    const ledger = ledgerOf(await read(dir));
    expect(ledger.missing).to.deep.equal(['a#1', 'b#1']);
    expect(ledger.cases.map(({ verdict }) => verdict.verdict)).to.deep.equal(['aborted', 'not-run']);
  });

  it('takes half a line back when the host has no space left, says so, and ends with the line before', async () => {
    const script = `
      const { RecordWriter } = await import(${JSON.stringify(new URL('./writer.ts', import.meta.url).href)});
      const writer = RecordWriter.create(${JSON.stringify(dir)}, ${JSON.stringify(plan)});
      let written = 1;
      try {
        for (;; written += 1) writer.write({ event: 'note', case: 'a#1', kind: 'x', data: { said: 'x'.repeat(60_000) } });
      } catch (error) {
        console.log(JSON.stringify({ code: error.code, written, head: writer.head }));
      }`;
    const file = join(dir, 'full.mjs');
    writeFileSync(file, script);
    // A limit on the size of a file makes the kernel take a part of a write, as a full disk does.
    const limited = `trap '' XFSZ; ulimit -f 2000; exec "$0" --import "$1" "$2"`;
    const { stdout } = await execa('sh', ['-c', limited, process.execPath, import.meta.resolve('tsx'), file]);
    const said = JSON.parse(stdout) as { code: string; written: number; head: string };
    expect(said.code).to.equal('record-not-written');
    const end = await readRecord(join(dir, 'record.jsonl'), () => undefined);
    expect(end).to.deep.equal({ lines: said.written, head: said.head, truncated: undefined });
  });
});
