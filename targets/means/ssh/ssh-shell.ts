import type { Client, ClientChannel } from 'ssh2';
import type { Deadline } from '../../../harness/device/deadline.ts';
import type { Shell, ShellOptions, ShellResult } from '../../../harness/device/shell.ts';
import { BenchError } from '../../../harness/errors/harness-error.ts';
import { BoundedOutput } from './bounded-output.ts';
import { quoteArgv } from './quote.ts';

const defaultMaxBytes = 16 * 1024 * 1024;

/** Commands over one SSH connection, each in a channel of its own, without a terminal: what is printed is what the command wrote. */
export class SshShell implements Shell {
  readonly #client: Client;
  readonly #closed: Promise<void>;
  #isClosed = false;

  constructor(
    client: Client,
    readonly bench: string,
    readonly hostKey: string,
    /** Connections that were tried until this one was good. */
    readonly attempts = 1,
  ) {
    this.#client = client;
    client.on('error', () => undefined); // what follows is `close`, and that is what counts
    this.#closed = new Promise((resolve) =>
      client.once('close', () => {
        this.#isClosed = true;
        resolve();
      }),
    );
  }

  async run(argv: readonly string[], options: ShellOptions): Promise<ShellResult> {
    return await this.#execute(quoteArgv(argv), argv[0] ?? '', options);
  }

  /** stdin stays free for the script's own use. */
  async script(script: string, parameters: readonly string[], options: ShellOptions): Promise<ShellResult> {
    return await this.#execute(quoteArgv(['sh', '-c', script, 'sh', ...parameters]), 'sh', options);
  }

  async *stream(
    script: string,
    parameters: readonly string[],
    { deadline }: { deadline: Deadline },
  ): AsyncIterable<Buffer> {
    const opened = await this.#open(quoteArgv(['sh', '-c', script, 'sh', ...parameters]), deadline);
    if (!opened) throw this.#lost();
    const { channel, ending } = opened;
    channel.stderr.resume();
    channel.end();
    const chunks = channel[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    try {
      for (;;) {
        const { done, value } = await deadline.race(chunks.next());
        if (done) break;
        yield value;
      }
      if (!(await deadline.race(Promise.race([ending, this.#closed])))) throw this.#lost();
    } finally {
      channel.close();
    }
  }

  close(): void {
    this.#client.end();
  }

  async #execute(command: string, name: string, options: ShellOptions): Promise<ShellResult> {
    const { deadline, stdin = '', maxBytes = defaultMaxBytes, onOutput } = options;
    const startedMs = performance.now();
    const stdout = new BoundedOutput(maxBytes);
    const stderr = new BoundedOutput(maxBytes);
    const opened = await this.#open(command, deadline);
    let end: ChannelEnd | undefined | void;
    if (opened) {
      const { channel, ending } = opened;
      channel.on('data', (chunk: Buffer) => (stdout.push(chunk), onOutput?.(chunk, 'stdout')));
      channel.stderr.on('data', (chunk: Buffer) => (stderr.push(chunk), onOutput?.(chunk, 'stderr')));
      channel.end(stdin);
      try {
        end = await deadline.race(Promise.race([ending, this.#closed]), () => ({ command: name }));
      } catch (error) {
        stopCommand(channel);
        throw error;
      }
    }
    return {
      exitCode: end?.code ?? null,
      signal: end?.signal ?? null,
      stdout: stdout.bytes(),
      stderr: stderr.bytes(),
      durationMs: performance.now() - startedMs,
      truncated: stdout.isTruncated || stderr.isTruncated,
    };
  }

  /** undefined: the connection is lost. @throws BenchError `channel-refused` when the device lives and says no. */
  async #open(command: string, deadline: Deadline): Promise<OpenChannel | undefined> {
    deadline.check();
    if (this.#isClosed) return undefined;
    const opening = new Promise<OpenChannel | undefined>((resolve, reject) => {
      // The exit status may stand in the same packet as the confirmation: it is listened for here, not a microtask later.
      this.#client.exec(command, (cause, channel) =>
        cause ? reject(cause) : resolve({ channel, ending: endOf(channel) }),
      );
    }).catch(async (cause: unknown) => {
      // A connection that breaks fails its open requests first and reports its end a moment later.
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#isClosed) return undefined;
      throw new BenchError(`Command refused by the device's sshd: ${this.bench}`, { code: 'channel-refused', cause });
    });
    try {
      return (await deadline.race(Promise.race([opening, this.#closed]))) ?? undefined;
    } catch (error) {
      opening.then((late) => late && stopCommand(late.channel)).catch(() => undefined); // it may still be opened
      throw error;
    }
  }

  #lost(): BenchError {
    return new BenchError(`Connection lost during a command: ${this.bench}`, { code: 'connection-lost' });
  }
}

interface OpenChannel {
  readonly channel: ClientChannel;
  readonly ending: Promise<ChannelEnd | undefined>;
}

interface ChannelEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

/** Resolves when the channel is closed and all output is read; undefined: no exit status came, so the connection was lost. */
async function endOf(channel: ClientChannel): Promise<ChannelEnd | undefined> {
  let end: ChannelEnd | undefined;
  channel.on('exit', (code: number | null, signal?: string) => {
    end = { code, signal: signal ?? null };
  });
  channel.on('error', () => undefined); // a write to a command that does not read any more
  await new Promise<void>((resolve) => channel.once('close', () => resolve()));
  return end;
}

function stopCommand(channel: ClientChannel): void {
  try {
    channel.signal('KILL');
    channel.close();
  } catch {
    // the connection is gone, and the command's terminal with it
  }
}
