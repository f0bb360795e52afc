import { expect } from 'chai';
import fc from 'fast-check';
import { Duplex } from 'node:stream';
import { Deadline } from '../../harness/device/deadline.ts';
import { BenchError } from '../../harness/errors/harness-error.ts';
import { QmpClient } from './qmp.ts';

const greeting =
  '{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, "package": ""}, "capabilities": ["oob"]}}\r\n';

/** The other side of the socket: what the client wrote is parsed, what `answer` gives goes back. */
class FakeServer extends Duplex {
  readonly commands: { execute: string; arguments: unknown; id: number }[] = [];

  constructor(private readonly answer: (execute: string, id: number) => string | undefined = ok) {
    super();
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const command = JSON.parse(chunk.toString()) as FakeServer['commands'][number];
    this.commands.push(command);
    const text = this.answer(command.execute, command.id);
    if (text !== undefined) this.push(text);
    done();
  }
}

const ok = (_execute: string, id: number): string => `${JSON.stringify({ return: {}, id })}\r\n`;
const event = (name: string, data: object = {}): string =>
  `${JSON.stringify({ timestamp: { seconds: 1, microseconds: 2 }, event: name, data })}\r\n`;
const soon = (): Deadline => new Deadline('an answer from QEMU', 2000);

async function failure(promise: Promise<unknown>): Promise<BenchError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof BenchError)) throw new Error(`no BenchError but ${String(error)}`);
  return error;
}

describe('QmpClient', () => {
  it('reads the version from the greeting and leaves negotiation mode', async () => {
    const server = new FakeServer();
    const qmp = new QmpClient(server);
    server.push(greeting);
    expect(await qmp.ready(soon())).to.deep.equal({ major: 7, minor: 2, micro: 22 });
    expect(server.commands.map(({ execute }) => execute)).to.deep.equal(['qmp_capabilities']);
  });

  it('gives each command its own answer, in whatever order they come', async () => {
    const server = new FakeServer(() => undefined);
    const qmp = new QmpClient(server);
    const first = qmp.execute('query-a', {}, soon());
    const second = qmp.execute('query-b', {}, soon());
    const [a, b] = server.commands;
    server.push(`{"return": "b", "id": ${b?.id}}\n{"return": "a", "id": ${a?.id}}\n`);
    expect([await first, await second]).to.deep.equal(['a', 'b']);
  });

  it('turns a QMP error into a BenchError with its class', async () => {
    const qmp = new QmpClient(
      new FakeServer(
        (_execute, id) =>
          `{"error": {"class": "CommandNotFound", "desc": "The command nope has not been found"}, "id": ${id}}\n`,
      ),
    );
    const error = await failure(qmp.execute('nope', {}, soon()));
    expect(error).to.include({ code: 'qmp-error' });
    expect(error.details).to.deep.equal({ command: 'nope', class: 'CommandNotFound' });
  });

  it('keeps every event, however the stream is cut into chunks', async () => {
    const expected = ['RESET', 'SHUTDOWN', 'JOB_STATUS_CHANGE', 'RESET'];
    const text = Buffer.from(greeting + expected.map((name, n) => event(name, { n, note: 'ü→' })).join(''));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(text.length), { maxLength: 20 }), async (cuts) => {
        const server = new FakeServer();
        const qmp = new QmpClient(server);
        const borders = [0, ...cuts.sort((a, b) => a - b), text.length];
        borders.slice(1).forEach((border, n) => {
          const chunk = text.subarray(borders[n], border);
          if (chunk.length > 0) server.push(chunk);
        });
        const last = await qmp.waitFor(({ data }) => data.n === 3, soon());
        expect(last.data.note).to.equal('ü→');
        expect(qmp.events.map((entry) => entry.event)).to.deep.equal(expected);
      }),
    );
  });

  it('finds an event that came before anyone waited, and only from the position asked for', async () => {
    const server = new FakeServer();
    const qmp = new QmpClient(server);
    const seen: string[] = [];
    qmp.onEvent((entry) => seen.push(entry.event));
    server.push(event('RESET', { reason: 'first' }));
    const first = await qmp.waitFor((entry) => entry.event === 'RESET', soon());
    expect((await qmp.waitFor((entry) => entry.event === 'RESET', soon())).data).to.deep.equal(first.data);
    const next = qmp.waitFor((entry) => entry.event === 'RESET', soon(), qmp.events.length);
    server.push(event('RESET', { reason: 'second' }));
    expect((await next).data).to.deep.equal({ reason: 'second' });
    expect(seen).to.deep.equal(['RESET', 'RESET']);
  });

  it('makes the end of the connection a fact for all who wait', async () => {
    const server = new FakeServer(() => undefined);
    const qmp = new QmpClient(server);
    const waits = [qmp.execute('cont', {}, soon()), qmp.waitFor(() => true, soon()), qmp.ready(soon())].map(failure);
    server.push(null);
    expect((await Promise.all(waits)).map(({ code }) => code)).to.deep.equal([
      'qmp-closed',
      'qmp-closed',
      'qmp-closed',
    ]);
    expect(await qmp.closed).to.equal(undefined);
    expect(qmp.isClosed).to.equal(true);
    expect(await failure(qmp.execute('cont', {}, soon()))).to.include({ code: 'qmp-closed' });
  });

  it('gives up on a line without end', async () => {
    const server = new FakeServer(() => undefined);
    const qmp = new QmpClient(server, { maxLineBytes: 100 });
    const waiting = failure(qmp.execute('cont', {}, soon()));
    for (let n = 0; n < 3; n++) server.push('x'.repeat(50));
    expect(await waiting).to.include({ code: 'qmp-line-too-long' });
    expect(await qmp.closed).to.include({ code: 'qmp-line-too-long' });
  });

  for (const text of ['{"event": \n', '[1]\n', 'null\n', '"RESET"\n'])
    it(`gives up on ${JSON.stringify(text)}`, async () => {
      const server = new FakeServer(() => undefined);
      const qmp = new QmpClient(server);
      const waiting = failure(qmp.execute('cont', {}, soon()));
      server.push(text);
      expect(await waiting).to.include({ code: 'qmp-malformed' });
    });

  it('ends a command with its deadline and ignores the late answer', async () => {
    const server = new FakeServer((execute, id) => (execute === 'slow' ? undefined : ok(execute, id)));
    const qmp = new QmpClient(server);
    const error = await qmp.execute('slow', {}, new Deadline('slow', 1)).catch((thrown: unknown) => thrown);
    expect(error).to.include({ code: 'deadline' });
    server.push(`{"return": {}, "id": ${server.commands[0]?.id}}\n`);
    expect(await qmp.execute('fast', {}, soon())).to.deep.equal({});
  });
});
