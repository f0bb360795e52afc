import type { Deadline } from './deadline.ts';

export interface ShellResult {
  /** null: the connection was lost before an exit status came. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly durationMs: number;
  /** True when output beyond `maxBytes` was thrown away. */
  readonly truncated: boolean;
}

export interface ShellOptions {
  readonly deadline: Deadline;
  readonly stdin?: Buffer | string;
  /** Bound on each stream; default 16 MiB. */
  readonly maxBytes?: number;
  /** Called as output arrives, for live progress. */
  readonly onOutput?: (chunk: Buffer, stream: 'stdout' | 'stderr') => void;
}

/** Commands on the booted device. An exit status other than 0 is a result, not an error; a lost connection is `exitCode: null`. */
export interface Shell {
  /** argv, quoted by the adapter: no shell syntax gets through by accident. */
  run(argv: readonly string[], options: ShellOptions): Promise<ShellResult>;
  /** A script for `sh`, for the few places that need a pipe. Parameters are passed as $1, $2 ... and never spliced in. */
  script(script: string, parameters: readonly string[], options: ShellOptions): Promise<ShellResult>;
  /** stdout as it comes, bounded by nothing but its reader; ends with the command. @throws BenchError `connection-lost`. */
  stream(script: string, parameters: readonly string[], options: { deadline: Deadline }): AsyncIterable<Buffer>;
  /** SHA256:... fingerprint of the host key that this connection was checked against. */
  readonly hostKey: string;
  close(): void;
}
