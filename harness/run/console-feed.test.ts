import { expect } from 'chai';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Deadline } from '../device/deadline.ts';
import type { ConsolePort } from '../device/console.ts';
import { ConsoleFeed, consoleSocket } from './console-feed.ts';

class FakePort implements ConsolePort {
  readonly listeners = new Set<(chunk: Buffer, atMs: number) => void>();
  readonly written: Buffer[] = [];

  onData(listener: (chunk: Buffer, atMs: number) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async write(data: Buffer): Promise<void> {
    this.written.push(data);
  }

  say(text: string): void {
    for (const listener of this.listeners) listener(Buffer.from(text), 0);
  }
}

describe('ConsoleFeed', () => {
  const watch = (path: string): { socket: Socket; text: () => string } => {
    let text = '';
    const socket = connect(path).on('data', (chunk) => (text += chunk.toString()));
    return { socket, text: () => text };
  };

  it('shows a late watcher what came before, all watchers what comes, and sends nothing to the device', async () => {
    const stateDir = await mkdtemp(join(tmpdir(), 'bootproof-feed-'));
    await writeFile(consoleSocket(stateDir), 'of a process that died');
    const port = new FakePort();
    const feed = await ConsoleFeed.open(stateDir, port);
    const deadline = new Deadline('console text', 10_000);
    port.say('GRUB\n');
    const first = watch(consoleSocket(stateDir));
    await deadline.until(() => first.text() === 'GRUB\n' || undefined, 5);
    first.socket.write('reboot\n');
    const second = watch(consoleSocket(stateDir));
    await deadline.until(() => second.text() === 'GRUB\n' || undefined, 5);
    port.say('login: ');
    for (const { text } of [first, second]) await deadline.until(() => text() === 'GRUB\nlogin: ' || undefined, 5);
    const ended = [first, second].map(({ socket }) => new Promise((resolve) => socket.on('close', resolve)));
    await feed.close();
    await Promise.all(ended);
    expect(port.listeners.size).to.equal(0);
    expect(port.written).to.deep.equal([]);
  });

  it('takes what watchers type once it is told to', async () => {
    const stateDir = await mkdtemp(join(tmpdir(), 'bootproof-feed-'));
    const port = new FakePort();
    const feed = await ConsoleFeed.open(stateDir, port);
    const deadline = new Deadline('what was typed', 10_000);
    feed.takeInput();
    const { socket } = watch(consoleSocket(stateDir));
    socket.write('root\n');
    await deadline.until(() => port.written.length > 0 || undefined, 5);
    expect(Buffer.concat(port.written).toString()).to.equal('root\n');
    socket.destroy();
    await feed.close();
  });
});
