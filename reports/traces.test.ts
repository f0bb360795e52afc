import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import fc from 'fast-check';
import type { CaseLedger, Ledger } from '../harness/record/ledger.ts';
import { openRun } from '../harness/record/run-record.ts';
import { otlpAttributes, otlpSpans } from './fixtures/otlp-check.ts';
import { otlpJsonLines, traceBatches } from './traces.ts';
import { batches } from './traces/batches.ts';
import { runSpans } from './traces/run-spans.ts';

const textOf = (ledger: Ledger) => otlpJsonLines(traceBatches(ledger));

describe('traces', () => {
  let ledger: Ledger;
  before(async () => ({ ledger } = await openRun(fileURLToPath(new URL('./fixtures/v1', import.meta.url)))));

  function changed(change: (one: CaseLedger) => Partial<CaseLedger>): Ledger {
    return { ...ledger, cases: ledger.cases.map((one) => ({ ...one, ...change(one) })) };
  }

  it('are one trace a run, with a span for each case and step below it', () => {
    const spans = otlpSpans(textOf(ledger));
    const [root] = spans;
    const cases = spans.filter(({ parentSpanId }) => parentSpanId === root?.spanId);
    expect(cases.map(({ name }) => name)).to.deep.equal(ledger.cases.map(({ planned }) => planned.case));
    for (const one of ledger.cases) {
      const { spanId } = cases.find(({ name }) => name === one.planned.case)!;
      const steps = spans.filter(({ parentSpanId }) => parentSpanId === spanId).map(({ name }) => name);
      expect(steps).to.deep.equal(one.steps.map(({ name }) => name));
    }
    expect(otlpAttributes(root!)).to.include({ 'bootproof.seed': 424242, 'test.suite.run.status': 'aborted' });
  });

  it('have the times of the record', () => {
    const spans = otlpSpans(textOf(ledger));
    const find = (name: string) => spans.find((one) => one.name === name)!;
    const nanosOf = (iso: string) => String(BigInt(Date.parse(iso)) * 1_000_000n);
    const failed = find('interrupted/boot-swap#1');
    expect(failed.startTimeUnixNano).to.equal(nanosOf('2026-11-20T22:15:10.000Z'));
    expect(failed.endTimeUnixNano).to.equal(nanosOf('2026-11-20T22:16:20.000Z'));
    const provision = find('provision');
    expect(BigInt(provision.endTimeUnixNano) - BigInt(provision.startTimeUnixNano)).to.equal(900_000_000n);
    const skipped = find('network/gone#1');
    expect(skipped.startTimeUnixNano).to.equal(skipped.endTimeUnixNano);
    expect(failed.events.map(({ name }) => name)).to.deep.equal([
      'power cut',
      'transition',
      'finding picked-entry-gone',
      'finding fsck-correction',
    ]);
  });

  it('are errors where the product failed or the bench broke, and say who is to blame', () => {
    const spans = otlpSpans(textOf(ledger));
    const errors = spans.filter(({ status }) => status.code === 2).map(({ name }) => name);
    expect(errors).to.have.members([
      'interrupted/boot-swap#1',
      'boot after the cut',
      'interrupted/pull#1',
      'boot',
      'negative/cut-that-did-not-cut#1',
    ]);
    const broken = spans.find(({ name }) => name === 'interrupted/pull#1')!;
    expect(broken.status.message).to.equal('Console silent for 60 s on qemu-a (serial0)');
    expect(otlpAttributes(broken)).to.include({
      'bootproof.verdict': 'broken',
      'bootproof.blame': 'bench',
      'error.type': 'console-silent',
    });
    const failed = otlpAttributes(spans.find(({ name }) => name === 'interrupted/boot-swap#1')!);
    expect(failed).to.deep.include({
      'bootproof.verdict': 'failed',
      'bootproof.finding_codes': ['picked-entry-gone'],
      'bootproof.fault.kinds': ['power-cut'],
      'bootproof.image.to.digest': '2'.repeat(64),
      'bootproof.seed': 30,
    });
  });

  it('have the same ids when they are made again, and others for another run', () => {
    expect(textOf(ledger)).to.equal(textOf(ledger));
    const other = otlpSpans(textOf({ ...ledger, run: { ...ledger.run, run: 'another' } }));
    const ids = new Set(otlpSpans(textOf(ledger)).flatMap(({ traceId, spanId }) => [traceId, spanId]));
    expect(other.filter(({ traceId, spanId }) => ids.has(traceId) || ids.has(spanId))).to.deep.equal([]);
  });

  it('have spans of phases whose begin is known; the begin of others is not made up', () => {
    const old = otlpSpans(textOf(ledger));
    expect(old.filter(({ name }) => name.startsWith('phase '))).to.deep.equal([]);
    expect(old.flatMap(({ events }) => events).filter(({ name }) => name === 'phase times')).to.have.length(1);
    const spans = [{ phase: 'pull', startedAt: '2026-11-20T22:14:12.500Z', durationMs: 9100.25 }];
    const now = otlpSpans(
      textOf(
        changed(({ notes }) => ({
          notes: notes.map((one) => (one.kind === 'phase-times' ? { ...one, data: { ...one.data, spans } } : one)),
        })),
      ),
    );
    const [pull, ...others] = now.filter(({ name }) => name === 'phase pull');
    expect(others).to.deep.equal([]);
    expect(pull?.startTimeUnixNano).to.equal('1795212852500000000');
    expect(pull?.endTimeUnixNano).to.equal('1795212861600250000');
    expect(now.find(({ spanId }) => spanId === pull?.parentSpanId)?.name).to.equal('update/plain#1');
  });

  it('stay readable, whatever a record holds', () => {
    const time = fc.oneof(
      fc.string(),
      fc.constantFrom('2026-11-20T22:14:10.000Z', '+275760-09-13T00:00:00.000Z', '-000001-01-01T00:00:00Z'),
    );
    // fast-check's own unit for this takes seconds to set up
    const anyText = fc.array(fc.nat(0xffff)).map((codes) => String.fromCharCode(...codes));
    const ms = fc.oneof(fc.double(), fc.constantFrom(-1, 1e300, Number.NaN, Infinity, 2 ** 63));
    fc.assert(
      fc.property(time, time, ms, anyText, fc.jsonValue(), (at, startedAt, durationMs, text, data) => {
        const stretch = { at, startedAt, durationMs };
        const evil = changed((one) => ({
          planned: { ...one.planned, title: text, requirements: [text, text] },
          started: one.started && { ...one.started, at, bench: text },
          verdict: { ...one.verdict, at, reason: text, code: text },
          notes: one.notes.map((note) => ({
            ...note,
            at,
            data: { ...note.data, latencyMs: durationMs, [text]: data },
          })),
          steps: one.steps.map((step) => ({ ...step, ...stretch, name: text, details: { data } })),
        }));
        const cases = evil.cases.slice(1, 2);
        const spans = otlpSpans(textOf({ ...evil, cases, lastAt: at, run: { ...evil.run, at, run: text } }));
        expect(spans).to.have.length(1 + 1 + cases.flatMap(({ steps }) => steps).length);
      }),
      { numRuns: 20 },
    );
  });

  it('are split into lines that a receiver takes, and nothing is lost', () => {
    const spans = runSpans(ledger);
    const limit = 8000;
    const parts = batches(spans, limit);
    expect(parts.length).to.be.greaterThan(1);
    for (const part of parts)
      expect(part.spans.length === 1 || Buffer.byteLength(part.json) < limit, part.json.slice(0, 80)).to.equal(true);
    expect(otlpSpans(otlpJsonLines(parts))).to.deep.equal(otlpSpans(otlpJsonLines(batches(spans))));
  });

  it('of which a reader is told what is wrong', () => {
    const text = textOf(ledger);
    for (const [from, to] of [
      [/"traceId":"[0-9a-f]{32}"/, '"traceId":"DEADBEEFDEADBEEFDEADBEEFDEADBEEF"'],
      [/"startTimeUnixNano":"(\d+)"/, '"startTimeUnixNano":$1'],
      [/"endTimeUnixNano":"\d+"/, '"endTimeUnixNano":"1"'],
      [/"parentSpanId":"[0-9a-f]{16}"/, '"parentSpanId":"0123456789abcdef"'],
      [/"droppedLinksCount"/, '"dropped_links_count"'],
    ] as const)
      expect(() => otlpSpans(text.replace(from, to)), to).to.throw();
  });
});
