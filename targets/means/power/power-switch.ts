import type { Deadline } from '../../../harness/device/deadline.ts';

/** What can switch a board's power, and say what it sees. It proves nothing by itself: the board's power does, from `sense` and the console. */
export interface PowerSwitch {
  /** For messages and receipts: `exec /usr/local/bin/relay off 3`. */
  readonly name: string;
  /** What `sense` looks at; undefined: it cannot look. A switch that says what it was told to do is weaker than a voltage. */
  readonly senses: 'rail' | 'outlet' | 'person' | undefined;
  readonly canReset: boolean;
  /** @throws BenchError `power-command-failed`, DeadlineError. */
  on(deadline: Deadline): Promise<void>;
  off(deadline: Deadline): Promise<void>;
  /** Pulls the board's reset line. Gives what was seen. */
  reset(deadline: Deadline): Promise<string>;
  sense(deadline: Deadline): Promise<'on' | 'off' | 'unknown'>;
  close(): Promise<void>;
}
