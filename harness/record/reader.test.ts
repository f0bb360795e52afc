import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { HarnessError } from '../errors/harness-error.ts';
import type { RecordEvent } from './event.ts';
import { chainStart, lineHash, maxLineBytes } from './line.ts';
import type { RecordEnd } from './reader.ts';
import { readRecord } from './reader.ts';
import { RecordWriter } from './writer.ts';

const planned = { scenario: 's', title: 't', requirements: ['R-1'], needs: [], bench: 'b' };

function writeSmall(dir: string): string {
  const writer = RecordWriter.create(dir, {
    run: 'r',
    tool: { version: '0', commit: 'c' },
    profile: 'p',
    seed: 1,
    images: {},
    benches: {},
    host: {},
    cases: [{ ...planned, case: 'ä#1' }],
  });
  writer.write({ event: 'case-started', case: 'ä#1', bench: 'b', seed: 1 });
  writer.write({ event: 'note', case: 'ä#1', kind: 'said', data: { text: 'line\nline \ud800 \u2028 \u0000' } });
  writer.write({ event: 'verdict', case: 'ä#1', verdict: 'passed', reason: '', durationMs: 1, reproduce: '' });
  writer.write({ event: 'run-ended', exitCode: 0, reason: '', durationMs: 1 });
  writer.close();
  return writer.path;
}

async function outcome(
  path: string,
): Promise<{ events: RecordEvent[]; end?: RecordEnd; code?: string; line?: unknown }> {
  const events: RecordEvent[] = [];
  try {
    return { events, end: await readRecord(path, (event) => events.push(event)) };
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    return { events, code: error.code, line: error.details['line'] };
  }
}

describe('readRecord', () => {
  let dir: string;
  let path: string;
  let bytes: Buffer;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'record-'));
    path = writeSmall(dir);
    bytes = readFileSync(path);
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('reads a record cut at any byte: every whole line, and what is left over is called truncated', async () => {
    const all = (await outcome(path)).events;
    for (let length = 0; length < bytes.length; length += 1) {
      const left = bytes.subarray(0, length);
      writeFileSync(path, left);
      const { events, end, code } = await outcome(path);
      const whole = left.filter((byte) => byte === 10).length;
      expect(events).to.deep.equal(all.slice(0, whole));
      if (whole === 0) expect(code).to.equal('record-empty');
      else {
        const rest = length - (left.lastIndexOf(10) + 1);
        expect(end?.truncated).to.deep.equal(rest === 0 ? undefined : { atLine: whole + 1, bytes: rest });
      }
    }
  });

  it('tells a changed byte from truncation, wherever it is but in the last line', async () => {
    const lastLine = bytes.lastIndexOf(10, bytes.length - 2) + 1;
    await fc.assert(
      fc.asyncProperty(fc.nat(lastLine - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ flip;
        writeFileSync(path, changed);
        const { code } = await outcome(path);
        expect(code).to.be.oneOf(['record-tampered', 'record-newer']);
      }),
      { numRuns: 300 },
    );
  });

  it('names the line', async () => {
    const changed = bytes
      .toString()
      .replace('"seed":1,"event"', '"seed":2,"event"')
      .replace('"kind":"said"', '"kind":"sang"');
    writeFileSync(path, changed);
    expect(await outcome(path)).to.deep.include({ code: 'record-tampered', line: 4 });
  });

  it('sees a line taken out, put in, or moved', async () => {
    const lines = bytes.toString().trimEnd().split('\n');
    const [a = '', b = '', c = '', ...rest] = lines;
    for (const wrong of [
      [a, c, ...rest],
      [a, b, b, c, ...rest],
      [a, c, b, ...rest],
      [b, c, ...rest],
    ]) {
      writeFileSync(path, `${wrong.join('\n')}\n`);
      expect((await outcome(path)).code).to.equal('record-tampered');
    }
  });

  it('does not take a garbled whole last line for a truncated one', async () => {
    appendFileSync(path, '{"seq":5\n');
    expect(await outcome(path)).to.deep.include({ code: 'record-tampered', line: 6 });
  });

  it('refuses a newer version by name, whatever else is in it', async () => {
    writeFileSync(path, `${JSON.stringify({ event: 'planned', version: 2, everything: 'else' })}\n`);
    expect((await outcome(path)).code).to.equal('record-newer');
  });

  it('refuses a well-chained line that is no event', async () => {
    const line = JSON.stringify({
      seq: 5,
      at: '',
      prev: lineHash(bytes.toString().trimEnd().split('\n').at(-1) ?? ''),
      event: 'odd',
    });
    appendFileSync(path, `${line}\n`);
    expect(await outcome(path)).to.deep.include({ code: 'record-tampered', line: 6 });
  });

  it('refuses a record that begins without a plan', async () => {
    const line = { seq: 0, at: '', prev: chainStart, event: 'run-ended', exitCode: 0, reason: '', durationMs: 0 };
    writeFileSync(path, `${JSON.stringify(line)}\n`);
    expect(await outcome(path)).to.deep.include({ code: 'record-tampered', line: 1 });
  });

  it('stops at a line without an end instead of reading it into memory', async () => {
    for (let written = 0; written <= maxLineBytes; written += 1024 * 1024)
      appendFileSync(path, Buffer.alloc(1024 * 1024, 0x78));
    expect(await outcome(path)).to.deep.include({ code: 'record-line-too-long', line: 6 });
  });

  it('says so when there is no record', async () => {
    expect((await outcome(join(dir, 'absent'))).code).to.equal('record-unreadable');
  });
});
