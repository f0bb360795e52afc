import { expect } from 'chai';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RecordWriter } from '../record/writer.ts';
import { cutsOf } from './cuts.ts';

describe('cuts of a campaign', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bootproof-cuts-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const scenario = 'interrupted/cut/finalize';
  const receiptOf = (latencyMs: number, more: object = {}) => ({
    kind: 'cut',
    lossModel: 'memory',
    at: '2026-01-01T00:00:00Z',
    proof: [],
    latencyMs,
    ...more,
  });
  const log = { base: 'b', entry: 1, lastFlush: 0, flushInPhase: 0, phase: 'finalize', dropped: [], seed: 1 };

  /** A run of one cut with these receipts. */
  const write = (receipts: readonly object[], hits: readonly string[] = []) => {
    const planned = { case: `${scenario}#1`, scenario, title: '', requirements: [], bench: 'b', seed: 1 };
    const facts = { run: 'one', tool: { version: '0', commit: 'none' }, profile: 'selection', seed: 1 };
    const cases = [{ ...planned, needs: [] }] as never;
    const at = join(directory, '20260101T000000Z-000000');
    const writer = RecordWriter.create(at, { ...facts, images: {}, benches: {}, host: {}, cases });
    for (const data of receipts) writer.write({ event: 'note', case: planned.case, kind: 'receipt', data } as never);
    for (const phaseHit of hits) {
      const fault = { kind: 'power-cut', phaseAsked: 'finalize', phaseHit };
      const image = { name: 'v1', digest: 'd' };
      const data = { transition: 'update', kind: 'update', from: image, to: image, fault };
      writer.write({ event: 'note', case: planned.case, kind: 'transition', data } as never);
    }
    writer.write({
      event: 'verdict',
      case: planned.case,
      verdict: 'passed',
      reason: '',
      durationMs: 1,
      reproduce: planned.case,
    });
    writer.close();
  };
  const only = async () => (await cutsOf(directory, { finalize: scenario })).cuts[0];

  it('have the latency of the cut, and not of the machine that made their recording', async () => {
    write([receiptOf(45), receiptOf(0, { log })]);
    expect(await only()).to.include({ verdict: 'passed', latencyMs: undefined });
  });

  it('count under the phase that the last try hit: it gave the verdict', async () => {
    write([receiptOf(31), receiptOf(32)], ['stage', 'finalize']);
    expect(await only()).to.include({ hit: 'finalize', latencyMs: 32 });
  });

  it('are read past a run that was killed before its plan was whole', async () => {
    write([receiptOf(31)]);
    const torn = join(directory, '20260102T000000Z-000000');
    await mkdir(torn);
    await writeFile(join(torn, 'record.jsonl'), '{"seq":0,"at":"2026');
    expect(await only()).to.include({ verdict: 'passed' });
  });

  it('tell a live cut by its latency and its time without power', async () => {
    write([receiptOf(31, { offMs: 400 })]);
    expect(await only()).to.include({ latencyMs: 31, offMs: 400 });
  });
});
