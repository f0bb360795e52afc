import { expect } from 'chai';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Deadline } from '../../../harness/device/deadline.ts';
import type { HarnessError } from '../../../harness/errors/harness-error.ts';
import { isOnHost } from '../../../harness/host/host-packages.mjs';
import { makeSerialConsole } from './open-console.ts';
import { serialOptions } from './options.ts';
import { openRfc2217Line } from './rfc2217-line.ts';
import type { SerialConsole } from './serial-console.ts';
import { subnegotiation, TelnetDecoder, optionCommand } from './telnet.ts';

const soon = (what = 'the console', budgetMs = 9000): Deadline => new Deadline(what, budgetMs);
const failure = async (promise: Promise<unknown>): Promise<HarnessError> =>
  promise.then(
    () => new Error('nothing was thrown') as unknown as HarnessError,
    (error: unknown) => error as HarnessError,
  );

describe('serial console', function () {
  this.timeout(30_000);
  let directory: string;
  let console_: SerialConsole | undefined;
  const children: ChildProcess[] = [];
  const servers: Server[] = [];
  const sockets: Socket[] = [];
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'bootproof-serial-'))));
  afterEach(async () => {
    await console_?.close();
    console_ = undefined;
    for (const child of children.splice(0)) child.kill('SIGKILL');
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const server of servers.splice(0)) server.close();
    await rm(directory, { recursive: true });
  });

  /** Two ptys that are the ends of one cable. */
  async function cable(): Promise<ChildProcess> {
    const ends = ['board', 'host'].map((name) => `PTY,link=${join(directory, name)},rawer,ignoreeof`);
    const child = spawn('socat', ends, { stdio: 'ignore' });
    children.push(child);
    await soon('the cable').until(() => existsSync(join(directory, 'host')) || undefined, 10);
    return child;
  }

  function at(path: string): SerialConsole {
    return makeSerialConsole('board-a', serialOptions.parse({ kind: 'tty', path: join(directory, path) }));
  }

  function heardBy(one: SerialConsole): () => string {
    let heard = '';
    one.onData((chunk) => (heard += chunk.toString('latin1')));
    return () => heard;
  }

  it('carries every byte both ways over a tty', async () => {
    await cable();
    console_ = at('host');
    const board = at('board');
    const [heardHere, heardThere] = [heardBy(console_), heardBy(board)];
    await console_.open(soon());
    await board.open(soon());
    try {
      const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      await Promise.all([console_.write(all), board.write(all)]);
      await soon().until(() => (heardHere().length >= 256 && heardThere().length >= 256) || undefined, 10);
      expect(heardHere()).to.equal(all.toString('latin1'));
      expect(heardThere()).to.equal(all.toString('latin1'));
    } finally {
      await board.close();
    }
  });

  it('survives an adapter that is unplugged and plugged in again, and says so', async () => {
    const first = await cable();
    console_ = at('host');
    const heard = heardBy(console_);
    await console_.open(soon());
    first.kill('SIGKILL');
    await soon('the loss').until(() => console_?.interruptions.length || undefined, 10);
    expect(await failure(console_.write(Buffer.from('x')))).to.include({ code: 'console-lost' });
    await rm(join(directory, 'host'), { force: true });
    await cable();
    await soon('the console').until(() => console_?.isOpen || undefined, 10);
    expect(console_.interruptions[0]?.durationMs).to.be.greaterThan(0);
    const board = at('board');
    await board.open(soon());
    try {
      await board.write(Buffer.from('back again'));
      await soon().until(() => heard().includes('back again') || undefined, 10);
    } finally {
      await board.close();
    }
  });

  it('names who has the tty', async () => {
    await cable();
    console_ = at('host');
    await console_.open(soon());
    const holder = `
      import { SerialPort } from 'serialport';
      new SerialPort({ path: process.argv[1], baudRate: 9600 }, (error) => console.log(error ? error.message : 'open'));
      setInterval(() => undefined, 1000);`;
    const other = spawn(process.execPath, ['--input-type=module', '-e', holder, join(directory, 'board')], {
      stdio: 'pipe',
    });
    children.push(other);
    await once(other.stdout, 'data');
    const error = await failure(at('board').open(soon()));
    expect(error).to.include({ code: 'tty-busy' });
    expect(error.message).to.include(`(pid ${other.pid})`);
  });

  it('says which tty is not there, and which is none', async () => {
    expect(await failure(at('nowhere').open(soon()))).to.include({ code: 'no-such-tty' });
    await writeFile(join(directory, 'file'), '');
    expect(await failure(at('file').open(soon()))).to.include({ code: 'not-a-tty' });
  });

  async function serve(onSocket: (socket: Socket) => void): Promise<number> {
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      onSocket(socket);
    });
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  /** A serial server: `answer` changes what it says to a setting; undefined: nothing. */
  const rfc2217 =
    (answer: (bytes: Buffer) => readonly number[] | undefined, willing = true) =>
    (socket: Socket): void => {
      const decoder = new TelnetDecoder();
      socket.on('data', (chunk: Buffer) => {
        for (const event of decoder.push(chunk)) {
          if (event.kind === 'option' && event.option === 44) socket.write(optionCommand(willing ? 'do' : 'dont', 44));
          if (event.kind === 'subnegotiation') {
            const said = answer(event.bytes);
            if (said) socket.write(subnegotiation(44, said));
          }
          if (event.kind === 'data')
            socket.write(Buffer.from([...event.bytes].flatMap((byte) => (byte === 255 ? [255, 255] : [byte]))));
        }
      });
    };
  const obedient = ([number = 0, ...value]: Buffer): number[] => [number + 100, ...value];

  it('speaks RFC 2217, and is open only when the settings are confirmed', async () => {
    const port = await serve(rfc2217((bytes) => obedient(bytes)));
    console_ = makeSerialConsole('board-a', serialOptions.parse({ kind: 'rfc2217', host: '127.0.0.1', port }));
    const heard = heardBy(console_);
    await console_.open(soon());
    const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    await console_.write(all);
    await soon().until(() => heard().length >= 256 || undefined, 10);
    expect(heard()).to.equal(all.toString('latin1'));
  });

  it('refuses a server that sets another speed, that declines, that hangs up, and that is not there', async () => {
    const open = (port: number) => failure(openRfc2217Line('127.0.0.1', port, 115_200, soon()));
    const slower = await serve(rfc2217((bytes) => (bytes[0] === 1 ? [101, 0, 0, 0x25, 0x80] : obedient(bytes))));
    expect(await open(slower)).to.include({ code: 'serial-settings-refused' });
    expect(await open(await serve(rfc2217(() => undefined, false)))).to.include({ code: 'not-rfc2217' });
    expect(await open(await serve((socket) => socket.destroy()))).to.include({ code: 'not-rfc2217' });
    const gone = await serve(() => undefined);
    servers.at(-1)?.close();
    expect(await open(gone)).to.include({ code: 'serial-server-unreachable' });
  });

  it('survives a serial server that restarts', async () => {
    const port = await serve(rfc2217((bytes) => obedient(bytes)));
    console_ = makeSerialConsole('board-a', serialOptions.parse({ kind: 'rfc2217', host: '127.0.0.1', port }));
    const heard = heardBy(console_);
    await console_.open(soon());
    sockets.at(-1)?.destroy();
    await soon('the console').until(() => console_?.interruptions[0]?.durationMs, 10);
    await console_.write(Buffer.from('hello'));
    await soon().until(() => heard().includes('hello') || undefined, 10);
  });

  it('works with a real ser2net', async function () {
    if (!isOnHost('ser2net')) {
      this.test!.title += ' (not applicable: ser2net is not installed)';
      this.skip();
    }
    await cable();
    const port = await serve(() => undefined);
    await new Promise((resolve) => servers.pop()?.close(resolve));
    const config = `connection: &board
  accepter: telnet(rfc2217),tcp,127.0.0.1,${port}
  connector: serialdev,${join(directory, 'host')},115200n81,local
`;
    await writeFile(join(directory, 'ser2net.yaml'), config);
    children.push(spawn('ser2net', ['-n', '-c', join(directory, 'ser2net.yaml')], { stdio: 'ignore' }));
    console_ = makeSerialConsole('board-a', serialOptions.parse({ kind: 'rfc2217', host: '127.0.0.1', port }));
    const heard = heardBy(console_);
    await soon('ser2net').until(async () => {
      try {
        await console_!.open(soon());
        return true;
      } catch (error) {
        if ((error as HarnessError).code === 'serial-server-unreachable') return undefined;
        throw error;
      }
    });
    const board = at('board');
    const heardThere = heardBy(board);
    await board.open(soon());
    try {
      const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      await Promise.all([console_.write(all), board.write(all)]);
      await soon().until(() => (heard().length >= 256 && heardThere().length >= 256) || undefined, 10);
      expect(heard()).to.equal(all.toString('latin1'));
      expect(heardThere()).to.equal(all.toString('latin1'));
    } finally {
      await board.close();
    }
  });
});
