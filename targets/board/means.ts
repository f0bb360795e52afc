import type { ConsolePort } from '../../harness/device/console.ts';
import type { Deadline } from '../../harness/device/deadline.ts';
import type { Shell } from '../../harness/device/shell.ts';
import type { ProvisionRequest } from '../../harness/device/target.ts';

/** What a board is made of, handed in by who composes the target. */
export interface BoardMeans {
  readonly console: BoardConsole;
  readonly power: BoardSwitch;
  /** The login means. Tries until the deadline; `over` ends it early. */
  readonly openShell: (login: BoardLogin, deadline: Deadline, over: AbortSignal) => Promise<Shell>;
  /** Typing at a prompt of the console. */
  readonly dialogue: (port: ConsolePort, options: { name: string; prompt: RegExp; clear?: string }) => BoardDialogue;
  /** A shell at the login prompt of the console. */
  readonly consoleShell: (
    port: ConsolePort,
    login: { name: string; user: string; password?: string | undefined },
    deadline: Deadline,
  ) => Promise<BoardConsoleShell>;
  /** Takes the bench on this host. @throws BenchError `bench-busy` naming the owner. */
  readonly takeBench: (stateDir: string, bench: string) => Promise<{ free(): Promise<void> }>;
  /** A copy of the disk that carries the identity, at `path`. */
  readonly prepareDisk: (request: ProvisionRequest, path: string, deadline: Deadline) => Promise<void>;
  /** A command of the bench on this host: its output. @throws BenchError when it does not end with 0. */
  readonly runCommand: (argv: readonly string[], deadline: Deadline) => Promise<string>;
}

/** A console across lines that come and go. */
export interface BoardConsole extends ConsolePort {
  readonly interruptions: readonly { readonly at: string; readonly reason: string; readonly durationMs?: number }[];
  /** performance.now() of the last byte; -Infinity before the first. */
  readonly lastByteMs: number;
  open(deadline: Deadline): Promise<void>;
  close(): Promise<void>;
}

export interface BoardSwitch {
  readonly name: string;
  readonly senses: 'rail' | 'outlet' | 'person' | undefined;
  readonly canReset: boolean;
  on(deadline: Deadline): Promise<void>;
  off(deadline: Deadline): Promise<void>;
  reset(deadline: Deadline): Promise<string>;
  sense(deadline: Deadline): Promise<'on' | 'off' | 'unknown'>;
  close(): Promise<void>;
}

export interface BoardLogin {
  readonly bench: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly privateKey: string;
  readonly hostKey: string;
}

export interface BoardDialogue {
  forget(): void;
  write(text: string, deadline: Deadline): Promise<void>;
  expect<T>(look: (heard: string) => T | undefined | null, deadline: Deadline): Promise<T>;
  prompt(deadline: Deadline): Promise<void>;
  ask(line: string, deadline: Deadline): Promise<string>;
  close(): void;
}

export interface BoardConsoleShell {
  run(argv: readonly string[], deadline: Deadline): Promise<{ exitCode: number; output: Buffer }>;
  close(): void;
}
