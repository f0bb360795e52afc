import type { Deadline } from '../../../harness/device/deadline.ts';

/** One opened wire that carries bytes both ways. It is opened once, and of no use once it has closed: a replugged cable is a new line. */
export interface SerialLine {
  /** For messages: the path of a tty, `host:port`. */
  readonly name: string;
  /** One listener, set before the first byte is read. */
  onData(listener: (chunk: Buffer) => void): void;
  /** Resolves when the line is gone, with the reason when nobody here asked for it. */
  readonly closed: Promise<Error | undefined>;
  /** Resolves when the bytes have left this process. @throws Error */
  write(data: Buffer): Promise<void>;
  close(): Promise<void>;
}

/** @throws BenchError saying what is wrong with the wire, DeadlineError. */
export type OpenLine = (deadline: Deadline) => Promise<SerialLine>;
