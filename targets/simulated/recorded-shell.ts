import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Shell, ShellOptions, ShellResult } from '../../harness/device/shell.ts';
import { BenchError } from '../../harness/errors/harness-error.ts';

/** states.json beside the recordings: which of them answer in which state of the device, and which lead to another one. */
interface RecordedStates {
  readonly version: string;
  readonly first: string;
  readonly states: Readonly<
    Record<string, { answers: readonly string[]; moves: Readonly<Record<string, string>>; reboot?: string }>
  >;
}

interface RecordedAnswer {
  readonly command: string;
  readonly exitCode: number;
  readonly durationMs: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/**
 * A shell on a device that is not there: it answers what a real bootc printed, in the state in which it printed it, and refuses every
 * other command. For tests of clients alone: it has no disk, no boots and no power, so nothing can be judged on it.
 */
export class RecordedShell implements Shell {
  readonly hostKey = 'SHA256:recorded';
  readonly version: string;
  readonly #directory: string;
  readonly #states: RecordedStates;
  #state: string;

  /** `scripts`: text of a script -> the command that it runs with its parameters; how a client's own script stands in the recordings. */
  constructor(
    recordings: string,
    private readonly scripts: Readonly<Record<string, (parameters: readonly string[]) => readonly string[]>> = {},
  ) {
    this.#directory = recordings;
    this.#states = JSON.parse(readFileSync(join(recordings, 'states.json'), 'utf8')) as RecordedStates;
    this.version = this.#states.version;
    this.#state = this.#states.first;
  }

  get state(): string {
    return this.#state;
  }

  run(argv: readonly string[], options: ShellOptions): Promise<ShellResult> {
    return this.#answer(argv, options);
  }

  script(script: string, parameters: readonly string[], options: ShellOptions): Promise<ShellResult> {
    const command = Object.hasOwn(this.scripts, script) ? this.scripts[script] : undefined;
    return this.#answer(command ? command(parameters) : [script.trim().split('\n')[0] ?? '', '...'], options);
  }

  async *stream(script: string): AsyncIterable<Buffer> {
    throw this.#refused(script.trim().split('\n')[0] ?? '');
  }

  close(): void {}

  /** @throws BenchError `not-recorded`. */
  reboot(): void {
    const next = this.#states.states[this.#state]?.reboot;
    if (next === undefined) throw this.#refused('reboot');
    this.#state = next;
  }

  async #answer(argv: readonly string[], { deadline, maxBytes, onOutput }: ShellOptions): Promise<ShellResult> {
    deadline.check();
    const command = argv.join(' ');
    const { answers, moves } = this.#states.states[this.#state]!;
    const name = [...answers, ...Object.keys(moves)].find(
      (one) => readRecording(this.#directory, one).command === command,
    );
    if (name === undefined) throw this.#refused(command);
    const { exitCode, durationMs, stdout, stderr } = readRecording(this.#directory, name);
    this.#state = moves[name] ?? this.#state;
    if (stdout.length > 0) onOutput?.(stdout, 'stdout');
    if (stderr.length > 0) onOutput?.(stderr, 'stderr');
    const limit = maxBytes ?? Infinity;
    return {
      exitCode,
      signal: null,
      stdout: stdout.subarray(0, limit),
      stderr: stderr.subarray(0, limit),
      durationMs,
      truncated: stdout.length > limit || stderr.length > limit,
    };
  }

  #refused(command: string): BenchError {
    return new BenchError(`Not recorded of bootc ${this.version} in state "${this.#state}": ${command.slice(0, 200)}`, {
      code: 'not-recorded',
      hint: 'targets/simulated/README.md says how to record another version',
      details: { benchUsable: true },
    });
  }
}

/** Folder of the recordings of one version. */
export function recordingsOf(version: string): string {
  return fileURLToPath(new URL(`recordings/bootc-${version}`, import.meta.url));
}

/** NAME.txt holds the command, its exit status and its seconds; NAME.out and NAME.err what it printed. */
function readRecording(directory: string, name: string): RecordedAnswer {
  const [command = '', status = ''] = readFileSync(join(directory, `${name}.txt`), 'utf8').split('\n');
  const [, exitCode, seconds] = /^exit (\d+) seconds ([\d.]+)/.exec(status) ?? [];
  if (!command.startsWith('$ ') || exitCode === undefined) {
    throw new BenchError(`Not a recording: ${join(directory, name)}.txt`, { code: 'recording-malformed' });
  }
  const output = (ending: string): Buffer => {
    const path = join(directory, `${name}.${ending}`);
    return existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  };
  const durationMs = Math.round(Number(seconds) * 1000);
  return {
    command: command.slice(2),
    exitCode: Number(exitCode),
    durationMs,
    stdout: output('out'),
    stderr: output('err'),
  };
}
