import { expect } from 'chai';
import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { Deadline } from '../../harness/device/deadline.ts';
import { HostRelay } from './host-relay.ts';

const soon = (): Deadline => new Deadline('the relay', 30_000);

describe('relay to the update server', function () {
  this.timeout(60_000);
  const relay = new HostRelay('127.0.0.2');
  const servers: Server[] = [];
  const accepted: Socket[] = [];
  const onSocket = (message: unknown) => accepted.push((message as { socket: Socket }).socket);
  before(() => channel('net.server.socket').subscribe(onSocket));
  after(async () => {
    channel('net.server.socket').unsubscribe(onSocket);
    await relay.close();
    for (const server of servers) server.close();
  });

  it('hands on what a slow board has not taken yet when the server ends', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    relay.open(port);
    const board = await soon().until(async () => {
      const socket = connect({ host: '127.0.0.2', port });
      return once(socket, 'connect').then(
        () => socket,
        () => undefined,
      );
    });
    board.pause();
    const sending = await soon().until(() => accepted.find((one) => one.localAddress === '127.0.0.1'), 5);
    const relayed = accepted.find((one) => one.localAddress === '127.0.0.2')!;
    let sent = 0;
    // Until the kernel takes no more for the board, and the relay has to keep some.
    for (let kept = 0; kept === 0;) {
      sent += 8192;
      sending.write(Buffer.alloc(8192, 'x'));
      await soon().until(() => relayed.bytesWritten === sent || undefined, 1);
      for (let turns = 0; turns < 5; turns++) await turn();
      kept = relayed.writableLength;
    }
    sending.resume().end();
    await once(sending, 'close');
    let bytes = 0;
    board.on('data', (chunk: Buffer) => (bytes += chunk.length)).resume();
    await once(board, 'close');
    expect(bytes).to.equal(sent);
  });
});
