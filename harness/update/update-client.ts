import type { Deadline } from '../device/deadline.ts';
import type { Shell } from '../device/shell.ts';

/** What a client did, as it said it. What it did is judged by the device's state. */
export interface ClientResult {
  /** null: the connection or the client ended before a status came. */
  readonly exitCode: number | null;
  readonly saidSuccess: boolean;
  /** stdout and stderr as they came, bounded to 64 KiB. */
  readonly output: string;
  readonly durationMs: number;
}

export interface StageRequest {
  /** Branch to follow: `bootproof/stable`. */
  readonly branch: string;
  /** True: it is known to be another branch than the device follows, so that the device is not asked; it may be busy with an update. */
  readonly switches?: boolean;
  /** Where the device reaches the repository. */
  readonly url: string;
  readonly kargs: readonly string[];
  readonly deadline: Deadline;
  readonly onOutput?: (text: string) => void;
}

/** The program on the device that updates it. Its phases are those that scenarios may name. */
export interface UpdateClient {
  readonly name: string;
  /** Fetches and stages; the running system stays. */
  stage(shell: Shell, request: StageRequest): Promise<ClientResult>;
  /** Makes the deployment at `index` of the client's own list the default; without it the one after the booted one. */
  rollback(shell: Shell, deadline: Deadline, index?: number): Promise<ClientResult>;
  /** The same as one command, for a device that is left to itself; absent: it is none. */
  rollbackCommand?(index: number): readonly string[];
  /** Removes what no deployment needs any more. */
  cleanup(shell: Shell, deadline: Deadline): Promise<ClientResult>;
  /** The update that a timer of the device begins, as a unit of its own and without the reboot after it; absent: it comes with no timer. */
  timerUpdate?(shell: Shell, deadline: Deadline): Promise<ClientResult>;
  /** Makes /usr of the running system writable until the next boot, without a change to what is deployed. Fails where the image permits none. */
  readonly unlockUsr: readonly string[];
  /** Process name whose kill interrupts this phase; undefined: it cannot be killed there. */
  processIn(phase: string): string | undefined;
  /** Where finalize runs at shutdown; absent: nowhere, or nobody can tell its middle. */
  readonly finalizes?: FinalizeUnit;
}

/** A unit whose stop finalizes a staged update, and the message in its journal by which it is known to be in the middle of that. */
export interface FinalizeUnit {
  readonly name: string;
  /** Begin of the message. */
  readonly message: string;
}
