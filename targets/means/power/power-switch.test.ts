import { expect } from 'chai';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Deadline } from '../../../harness/device/deadline.ts';
import type { HarnessError } from '../../../harness/errors/harness-error.ts';
import { CommandSwitch } from './command-switch.ts';
import { gpio, makeSwitch, snmp, tasmota } from './make-switch.ts';
import { ManualSwitch } from './manual-switch.ts';
import { powerOptions, type PowerOptionsOf } from './options.ts';

const soon = (budgetMs = 5000): Deadline => new Deadline('the switch', budgetMs);
const failure = async (promise: Promise<unknown>): Promise<HarnessError> =>
  promise.then(
    () => new Error('nothing was thrown') as unknown as HarnessError,
    (error: unknown) => error as HarnessError,
  );
const parsed = (options: Record<string, unknown>) => powerOptions.parse(options);

describe('power switch', () => {
  let directory: string;
  const servers: Server[] = [];
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'bootproof-power-'))));
  afterEach(async () => {
    for (const server of servers.splice(0)) server.close();
    await rm(directory, { recursive: true });
  });
  const sh = (script: string) => ['sh', '-c', script, 'sh', join(directory, 'state')];

  it('runs programs, and reads what they see', async () => {
    const board = makeSwitch(
      parsed({
        kind: 'exec',
        on: sh('echo on >"$1"'),
        off: sh('echo off >"$1"'),
        sense: sh('cat "$1"'),
        senses: 'rail',
      }),
    );
    await board.on(soon());
    expect(await board.sense(soon())).to.equal('on');
    await board.off(soon());
    expect(await board.sense(soon())).to.equal('off');
    expect(board).to.include({ senses: 'rail', canReset: false });
    await board.reset(soon()).catch((error: HarnessError) => expect(error.code).to.equal('capability-missing'));
    await writeFile(join(directory, 'state'), 'power is on, or off');
    expect(await failure(board.sense(soon()))).to.include({ code: 'power-not-sensed' });
  });

  it('says which command failed and why, and keeps its deadline', async () => {
    const board = makeSwitch(
      parsed({
        kind: 'exec',
        on: ['/nonexistent/relay'],
        off: sh('echo no relay there >&2; exit 3'),
        sense: ['sleep', '60'],
      }),
    );
    expect((await failure(board.on(soon()))).message).to.match(/^Power command failed, no such program: /);
    const error = await failure(board.off(soon()));
    expect(error.message).to.match(/^Power command failed, exit status 3: sh -c /);
    expect(error.hint).to.equal('no relay there');
    expect(await failure(board.sense(soon(200)))).to.include({ code: 'deadline' });
  });

  /** A plug: remembers what it was told, answers as Tasmota does. */
  async function plug(): Promise<{ url: string; seen: { url: string; authorization: string | undefined }[] }> {
    let state = 'OFF';
    const seen: { url: string; authorization: string | undefined }[] = [];
    const server = createServer((request, response) => {
      const url = decodeURIComponent(request.url ?? '');
      seen.push({ url, authorization: request.headers.authorization });
      if (url.includes('missing')) return void response.writeHead(404).end();
      state = / On$/.test(url) ? 'ON' : / Off$/.test(url) ? 'OFF' : state;
      response.end(JSON.stringify({ POWER2: state }));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
  }

  it('speaks Tasmota, with a password that stands in no message', async () => {
    const { url, seen } = await plug();
    process.env['TEST_PLUG'] = 'admin:hidden-word';
    const board = makeSwitch(parsed({ kind: 'tasmota', url, relay: 2, credentials: 'TEST_PLUG' }));
    await board.on(soon());
    expect(await board.sense(soon())).to.equal('on');
    await board.off(soon());
    expect(await board.sense(soon())).to.equal('off');
    expect(seen.map(({ url: path }) => path)).to.deep.equal([
      '/cm?cmnd=Power2 On',
      '/cm?cmnd=Power2',
      '/cm?cmnd=Power2 Off',
      '/cm?cmnd=Power2',
    ]);
    expect(seen[0]?.authorization).to.equal(`Basic ${Buffer.from('admin:hidden-word').toString('base64')}`);
    delete process.env['TEST_PLUG'];
    expect(await failure(board.on(soon()))).to.include({ code: 'credentials-missing' });
  });

  it('fails when the PDU says no, or is not there', async () => {
    const { url } = await plug();
    const board = makeSwitch(parsed({ kind: 'http', on: `${url}/missing`, off: 'http://127.0.0.1:9/off' }));
    expect((await failure(board.on(soon()))).message).to.match(/^Power command failed, HTTP status 404: PDU 127/);
    expect((await failure(board.off(soon()))).message).to.match(/^Power command failed, no answer: PDU 127/);
    expect(board.senses).to.equal(undefined);
  });

  it('names the PDU when it hangs up in the middle of its answer', async () => {
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('outlet 3 is o');
      setImmediate(() => response.destroy());
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const board = makeSwitch(parsed({ kind: 'http', on: url, off: url, sense: url }));
    expect(await failure(board.sense(soon()))).to.include({ code: 'power-command-failed', blame: 'bench' });
  });

  it('drives a relay by its four bytes', async () => {
    const path = join(directory, 'relay');
    await writeFile(path, '');
    const of = (options: Record<string, unknown>) => makeSwitch(parsed({ kind: 'usb-relay', path, ...options }));
    await of({ relay: 3 }).on(soon());
    expect([...(await readFile(path))]).to.deep.equal([0xa0, 3, 1, 0xa4]);
    await of({ relay: 1, normallyClosed: true }).on(soon());
    expect([...(await readFile(path))]).to.deep.equal([0xa0, 1, 0, 0xa1]);
    const gone = makeSwitch(parsed({ kind: 'usb-relay', path: join(directory, 'gone') }));
    expect((await failure(gone.off(soon()))).message).to.match(/^Power command failed, ENOENT: relay 1 of /);
  });

  it('knows the words of net-snmp, libgpiod and Tasmota', async () => {
    process.env['TEST_COMMUNITY'] = 'hidden-word';
    const pdu = parsed({ kind: 'snmp', host: 'pdu', oid: '.1.3.6.1', community: 'TEST_COMMUNITY' });
    const words = snmp(pdu as PowerOptionsOf<'snmp'>);
    expect(words.off).to.deep.equal(['snmpset', '-v', '1', '-c', 'hidden-word', '-Oqv', 'pdu', '.1.3.6.1', 'i', '2']);
    expect(new CommandSwitch(words, 'hidden-word').name).to.equal('snmpset -v 1 -c *** -Oqv pdu .1.3.6.1 i 2');
    const blind = new CommandSwitch({ ...words, sense: ['echo', 'hidden-word'] }, 'hidden-word');
    const error = await failure(blind.sense(soon()));
    expect([error.code, error.message]).to.deep.equal([
      'power-not-sensed',
      'Neither on nor off: echo *** printed "***"',
    ]);
    delete process.env['TEST_COMMUNITY'];
    expect(() => snmp(pdu as PowerOptionsOf<'snmp'>)).to.throw('Not set: environment variable TEST_COMMUNITY');
    const pin = gpio(parsed({ kind: 'gpio', chip: 'gpiochip0', line: 4, rail: 7 }) as PowerOptionsOf<'gpio'>);
    expect(pin.off).to.deep.equal(['gpioset', '-t0', '-c', 'gpiochip0', '4=0']);
    expect(pin.sense).to.deep.equal(['gpioget', '-c', 'gpiochip0', '--numeric', '7']);
    const plugged = tasmota(parsed({ kind: 'tasmota', url: 'http://plug/' }) as PowerOptionsOf<'tasmota'>);
    expect(plugged.off).to.equal('http://plug/cm?cmnd=Power1%20Off');
  });

  it('asks a person, whose word is no proof', async () => {
    const asked: string[] = [];
    const board = new ManualSwitch(async (question) => void asked.push(question));
    expect(await board.sense()).to.equal('unknown');
    await board.on(soon());
    await board.off(soon());
    expect(await board.sense()).to.equal('off');
    expect(board.senses).to.equal('person');
    expect(asked).to.deep.equal(['Switch the board ON', 'Take the power AWAY from the board']);
  });
});
