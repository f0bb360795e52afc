import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { HarnessError } from '../harness/errors/harness-error.ts';
import { otlpSpans } from './fixtures/otlp-check.ts';
import { writeReports } from './index.ts';

const stored = fileURLToPath(new URL('./fixtures/v1', import.meta.url));

describe('writeReports', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'reports-'));
    cpSync(stored, dir, { recursive: true });
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('writes what is asked for beside the record', async () => {
    const written = await writeReports(dir, { formats: ['html', 'junit'] });
    expect(written).to.deep.equal([
      { format: 'html', path: join(dir, 'report.html') },
      { format: 'junit', path: join(dir, 'junit.xml') },
    ]);
    expect(readFileSync(join(dir, 'report.html'), 'utf8')).to.match(/^<!doctype html>/);
    expect(readFileSync(join(dir, 'junit.xml'), 'utf8')).to.match(/^<\?xml/);
  });

  it('loses no other report when one cannot be written', async () => {
    mkdirSync(join(dir, 'report.html', 'in-the-way'), { recursive: true });
    const [html, junit] = await writeReports(dir, { formats: ['html', 'junit'] });
    expect(html?.error).to.be.a('string');
    expect(junit?.error).to.equal(undefined);
    expect(readFileSync(join(dir, 'junit.xml'), 'utf8')).to.match(/^<\?xml/);
  });

  it('keeps a trace that could not be sent, and says so', async () => {
    const before = { ...process.env };
    process.env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] = 'no address';
    try {
      const [traces] = await writeReports(dir, { formats: ['traces'] });
      expect(traces).to.deep.equal({
        format: 'traces',
        path: join(dir, 'traces.otlp.json'),
        note: 'not sent to no address: No http or https address',
      });
    } finally {
      process.env = before;
    }
    const spans = otlpSpans(readFileSync(join(dir, 'traces.otlp.json'), 'utf8'));
    expect(spans[0]?.name).to.equal('run nightly');
  });

  it('reports on the record of a harness that was killed', async () => {
    const record = join(dir, 'record.jsonl');
    truncateSync(record, readFileSync(record).length - 20);
    const [html] = await writeReports(dir, { formats: ['html'] });
    expect(html?.error).to.equal(undefined);
    expect(readFileSync(join(dir, 'report.html'), 'utf8')).to.contain('line 36 is cut off');
  });

  it('makes no report of a record that was changed', async () => {
    const record = join(dir, 'record.jsonl');
    writeFileSync(record, readFileSync(record, 'utf8').replace('"verdict":"failed"', '"verdict":"passed"'));
    const code = await writeReports(dir).then(
      () => 'written',
      (error: unknown) => (error instanceof HarnessError ? error.code : String(error)),
    );
    expect(code).to.equal('record-tampered');
  });
});
