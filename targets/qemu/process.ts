import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Deadline } from '../../harness/device/deadline.ts';
import { BenchError } from '../../harness/errors/harness-error.ts';
import { qmpFd, serialFd } from './command-line.ts';
import { LastLines } from './last-lines.ts';
import { QmpClient } from './qmp.ts';

export interface QemuExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** ISO 8601, harness clock. */
  readonly at: string;
}

const living = new Set<ChildProcess>();
process.on('exit', () => living.forEach((child) => child.kill('SIGKILL')));

/**
 * One QEMU, from spawn to reaped. It does not outlive the harness: `setpriv` has the kernel kill it with its parent, even after a kill -9.
 * It is in a session of its own, so that a Ctrl-C in the terminal is the harness's to answer.
 */
export class QemuProcess {
  readonly pid: number;
  readonly qmp: QmpClient;
  readonly serial: Duplex;
  /** Resolves when the process is reaped. */
  readonly exited: Promise<QemuExit>;
  readonly #child: ChildProcess;
  readonly #stderr = new LastLines();
  #exit: QemuExit | undefined;

  private constructor(child: ChildProcess, pid: number) {
    this.#child = child;
    this.pid = pid;
    this.qmp = new QmpClient(child.stdio[qmpFd] as Duplex);
    this.serial = child.stdio[serialFd] as Duplex;
    this.serial.on('error', () => this.serial.destroy()); // a killed QEMU resets its sockets
    child.stderr?.on('data', (chunk: Buffer) => this.#stderr.push(chunk));
    this.exited = new Promise((resolve) =>
      child.once('exit', (code, signal) => {
        living.delete(child);
        this.#exit = { code, signal, at: new Date().toISOString() };
        resolve(this.#exit);
      }),
    );
  }

  /** @param parentDeath path of setpriv, from `findSetpriv`. @throws BenchError `qemu-start-failed`. */
  static async spawn(binary: string, argv: readonly string[], parentDeath: string | undefined): Promise<QemuProcess> {
    const [program, ...args] = parentDeath
      ? [parentDeath, '--pdeathsig', 'KILL', '--', binary, ...argv]
      : [binary, ...argv];
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'], detached: true });
    if (child.pid === undefined) {
      const cause = await new Promise<Error>((resolve) => child.once('error', resolve));
      throw new BenchError(`${cause.message}: starting ${binary}`, { code: 'qemu-start-failed', cause });
    }
    living.add(child);
    return new QemuProcess(child, child.pid);
  }

  /** undefined while the process lives. */
  get exit(): QemuExit | undefined {
    return this.#exit;
  }

  lastLines(): string[] {
    return this.#stderr.lines();
  }

  /** SIGKILL, then waits until the process is reaped and its QMP connection is at EOF. */
  async kill(deadline: Deadline): Promise<QemuExit> {
    this.#child.kill('SIGKILL');
    const exit = await deadline.race(this.exited);
    await deadline.race(this.qmp.closed);
    return exit;
  }
}

/** setpriv of util-linux; undefined where there is none: then only the next `acquire` finds an orphan. */
export async function findSetpriv(path = process.env.PATH ?? ''): Promise<string | undefined> {
  for (const directory of [...path.split(delimiter), '/usr/bin', '/bin']) {
    const candidate = join(directory, 'setpriv');
    const found = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (directory !== '' && found) return candidate;
  }
  return undefined;
}
