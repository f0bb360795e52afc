import type { Deadline } from '../../harness/device/deadline.ts';
import type { Shell, ShellOptions, ShellResult } from '../../harness/device/shell.ts';
import { BenchError } from '../../harness/errors/harness-error.ts';
import type { CommandHandler, CommandHandlers, SimulatedResult } from './simulated-commands.ts';
import type { SimulatedDevice } from './simulated-device.ts';

const defaultMaxBytes = 16 * 2 ** 20;

/** A login on one boot: it ends when the boot does. */
export class SimulatedShell implements Shell {
  readonly #closed = new AbortController();
  readonly #over: AbortSignal;

  constructor(
    private readonly device: SimulatedDevice,
    private readonly handlers: CommandHandlers,
    readonly hostKey: string,
  ) {
    this.#over = AbortSignal.any([device.bootEnded, this.#closed.signal]);
  }

  async run(argv: readonly string[], options: ShellOptions): Promise<ShellResult> {
    const [program = '', ...parameters] = argv;
    return await this.#answer(program, parameters, options);
  }

  async script(script: string, parameters: readonly string[], options: ShellOptions): Promise<ShellResult> {
    return await this.#answer(script, parameters, options);
  }

  async *stream(
    script: string,
    parameters: readonly string[],
    { deadline }: { deadline: Deadline },
  ): AsyncIterable<Buffer> {
    const { exitCode, stdout } = await this.#answer(script, parameters, { deadline });
    if (exitCode === null) throw new BenchError('Connection lost: simulated device', { code: 'connection-lost' });
    yield stdout;
  }

  close(): void {
    this.#closed.abort();
  }

  async #answer(name: string, parameters: readonly string[], options: ShellOptions): Promise<ShellResult> {
    const { deadline, stdin = '', maxBytes = defaultMaxBytes, onOutput } = options;
    const startedMs = performance.now();
    const handler = Object.hasOwn(this.handlers, name) ? this.handlers[name]! : notFound(name);
    const signal = AbortSignal.any([this.#over, deadline.signal]);
    const call = { parameters, stdin: Buffer.from(stdin), device: this.device, signal };
    const result = await deadline.race(this.#unlessOver(handler, call));
    const output = (content: Buffer | string = '') => Buffer.from(content);
    const [stdout, stderr] = [output(result?.stdout), output(result?.stderr)];
    if (stdout.length > 0) onOutput?.(stdout, 'stdout');
    if (stderr.length > 0) onOutput?.(stderr, 'stderr');
    return {
      exitCode: result ? (result.exitCode ?? 0) : null,
      signal: null,
      stdout: stdout.subarray(0, maxBytes),
      stderr: stderr.subarray(0, maxBytes),
      durationMs: performance.now() - startedMs,
      truncated: stdout.length > maxBytes || stderr.length > maxBytes,
    };
  }

  /** undefined: the boot or the connection ended first. A device without network is silent, until the deadline. */
  async #unlessOver(
    handler: CommandHandler,
    call: Parameters<CommandHandler>[0],
  ): Promise<SimulatedResult | undefined> {
    if (this.#over.aborted) return undefined;
    let end = (): void => undefined;
    const over = new Promise<undefined>((resolve) => {
      end = () => resolve(undefined);
      this.#over.addEventListener('abort', end, { once: true });
    });
    try {
      if (this.device.network === 'down') return await over;
      const result = await Promise.race([Promise.resolve(handler(call)), over]);
      return this.#over.aborted ? undefined : result;
    } finally {
      this.#over.removeEventListener('abort', end);
    }
  }
}

function notFound(name: string): CommandHandler {
  return () => ({ exitCode: 127, stderr: `sh: ${name}: not found\n` });
}
