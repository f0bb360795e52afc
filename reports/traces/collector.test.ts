import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { openRun } from '../../harness/record/run-record.ts';
import { otlpSpans } from '../fixtures/otlp-check.ts';
import { otlpJsonLines, sendTrace } from '../traces.ts';
import { batches, type Batch } from './batches.ts';
import { collector } from './collector.ts';
import { runSpans } from './run-spans.ts';

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Answer = (response: ServerResponse) => void;

const taken: Answer = (response) => response.setHeader('content-type', 'application/json').end('{}');

describe('a trace that is sent', () => {
  const before = { ...process.env };
  let server: Server;
  let base: string;
  let received: Received[];
  let answer: Answer;
  let trace: Batch[];

  beforeEach(async () => {
    received = [];
    answer = taken;
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method, url, headers } = request;
        received.push({ method, url, headers, body: Buffer.concat(chunks).toString('utf8') });
        answer(response);
      });
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    for (const name of Object.keys(process.env)) if (name.startsWith('OTEL_')) delete process.env[name];
    const { ledger } = await openRun(fileURLToPath(new URL('../fixtures/v1', import.meta.url)));
    trace = batches(runSpans(ledger), 8000);
  });
  afterEach(async () => {
    process.env = { ...before };
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });

  it('arrives whole, by OTLP/HTTP, at the address of the standard variable', async () => {
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = base;
    process.env['OTEL_EXPORTER_OTLP_HEADERS'] = 'x-tenant=lab';
    expect(await sendTrace(trace)).to.equal(`sent to ${base}/v1/traces`);
    expect(received.length).to.be.greaterThan(1);
    for (const { method, url, headers } of received) {
      expect([method, url]).to.deep.equal(['POST', '/v1/traces']);
      expect(headers).to.include({ 'content-type': 'application/json', 'x-tenant': 'lab' });
    }
    const lines = received.map(({ body }) => `${body}\n`).join('');
    expect(otlpSpans(lines)).to.deep.equal(otlpSpans(otlpJsonLines(trace)));
  });

  it('goes to the address for traces as it stands, where that is set too', async () => {
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = 'http://127.0.0.1:1/not-here';
    process.env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] = `${base}/mine`;
    expect(await sendTrace(trace)).to.equal(`sent to ${base}/mine`);
    expect(new Set(received.map(({ url }) => url))).to.deep.equal(new Set(['/mine']));
  });

  it('goes nowhere unless that is asked for', async () => {
    expect(await sendTrace(trace)).to.equal(undefined);
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = base;
    process.env['OTEL_SDK_DISABLED'] = 'true';
    expect(await sendTrace(trace)).to.equal(undefined);
    expect(received).to.deep.equal([]);
  });

  it('and refused is told with what the receiver answered, once', async () => {
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = base;
    answer = (response) => response.writeHead(401).end('no \u001b[31mtenant');
    expect(await sendTrace(trace)).to.match(/^not sent to \S+\/v1\/traces: .*\b401\b.*no tenant/);
    expect(received).to.have.length(1);
  });

  it('and taken in part is told', async () => {
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = base;
    answer = (response) => response.end('{"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old"}}');
    expect(await sendTrace(trace)).to.match(/^not sent to .*rejectedSpans.*too old/);
  });

  it('to nobody is told, and its time is limited by the standard variable', async () => {
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = 'http://127.0.0.1:1';
    process.env['OTEL_EXPORTER_OTLP_TIMEOUT'] = '300';
    expect(await sendTrace(trace)).to.match(/^not sent to http:\/\/127\.0\.0\.1:1\/v1\/traces: .*ECONNREFUSED/);
  });

  it('is not sent to another place where the address cannot be read', async () => {
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = 'collector:4318';
    expect(await sendTrace(trace)).to.equal('not sent to collector:4318/v1/traces: No http or https address');
  });

  it('is told without the credentials in its address', () => {
    expect(collector({ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://user:secret@otel.example/base/?key=k' })).to.equal(
      'https://otel.example/base/',
    );
    expect(collector({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'user:secret@otel.example:4318' })).to.equal(
      'otel.example:4318',
    );
  });
});
