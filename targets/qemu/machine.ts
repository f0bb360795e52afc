import { Deadline } from '../../harness/device/deadline.ts';
import { BenchError } from '../../harness/errors/harness-error.ts';
import { blackHolePath } from './command-line.ts';
import type { DiskRecording } from './disk-recording.ts';
import { forwardedPort } from './forwarded-port.ts';
import { QemuProcess, type QemuExit } from './process.ts';
import { SerialConsole } from './serial-console.ts';

export interface StartRequest {
  readonly binary: string;
  readonly argv: readonly string[];
  readonly parentDeath: string | undefined;
  readonly recording: DiskRecording | undefined;
  /** Called as soon as there is a pid, before the guest runs. */
  readonly onSpawn: (pid: number) => Promise<void>;
}

/** The machine of a bench: at most one QEMU at a time, one for each power cycle. */
export class Machine {
  readonly console = new SerialConsole();
  #qemu: QemuProcess | undefined;
  #recording: DiskRecording | undefined;
  #sshPort: number | undefined;
  #wasKilled = false;

  constructor(readonly name: string) {}

  get isRunning(): boolean {
    return this.#qemu !== undefined && this.#qemu.exit === undefined;
  }

  /** Loopback port that leads to the guest's port 22. */
  get sshPort(): number | undefined {
    return this.isRunning ? this.#sshPort : undefined;
  }

  /** Resolves when the guest's first instruction may run. @throws BenchError `already-on`, `qemu-start-failed`, DeadlineError. */
  async start({ binary, argv, parentDeath, recording, onSpawn }: StartRequest, deadline: Deadline): Promise<void> {
    deadline.check();
    if (this.isRunning) throw new BenchError(`Already on: ${this.name}`, { code: 'already-on' });
    const qemu = await QemuProcess.spawn(binary, argv, parentDeath);
    this.#qemu = qemu;
    this.#recording = recording;
    this.#wasKilled = false;
    this.console.attach(qemu.serial);
    try {
      await onSpawn(qemu.pid);
      await qemu.qmp.ready(deadline);
      recording?.follow(qemu.qmp);
      this.#sshPort = await forwardedPort(qemu.qmp, deadline);
      recording?.note('powered-on');
      await qemu.qmp.execute('cont', {}, deadline);
    } catch (error) {
      const ended = qemu.exit ?? (qemu.qmp.isClosed ? await deadline.race(qemu.exited) : undefined);
      if (!ended) await this.kill(cleanUp(this.name));
      throw ended ? this.#startFailed(qemu, ended, error) : error;
    }
  }

  /** The QEMU that runs. @throws BenchError `device-off`, `qemu-died`. */
  running(): QemuProcess {
    if (this.#qemu && !this.#qemu.exit) return this.#qemu;
    throw this.endedError();
  }

  /** Resolves when the machine has ended, whoever ended it; at once when it is off. */
  async ended(): Promise<void> {
    await this.#qemu?.exited;
  }

  /** Why nothing runs: off because it was asked to, because the guest powered off, or because QEMU died. */
  endedError(): BenchError {
    const qemu = this.#qemu;
    const powersOff = qemu?.qmp.events.findLast(({ event }) => event === 'SHUTDOWN');
    if (!qemu?.exit || this.#wasKilled || powersOff)
      return new BenchError(`${powersOff ? 'Guest powered off' : 'Device is off'}: ${this.name}`, {
        code: 'device-off',
        details: { shutdown: powersOff?.data },
      });
    return new BenchError(`QEMU died (${howEnded(qemu.exit)}): ${this.name}`, {
      code: 'qemu-died',
      hint: qemu.lastLines().at(-1) ?? 'it said nothing on stderr',
      details: { ...qemu.exit, lastLines: qemu.lastLines() },
    });
  }

  /** SIGKILL and reaped, QMP at EOF; undefined when nothing ran. */
  async kill(deadline: Deadline): Promise<{ exit: QemuExit; pid: number } | undefined> {
    const qemu = this.#qemu;
    if (!qemu || qemu.exit) return undefined;
    this.#wasKilled = true;
    const exit = await qemu.kill(deadline);
    this.#recording?.note('killed', exit.at);
    return { exit, pid: qemu.pid };
  }

  async setNetwork(state: 'up' | 'down', deadline: Deadline): Promise<void> {
    const value = state === 'down' ? 'on' : 'off';
    await this.running().qmp.execute('qom-set', { path: blackHolePath, property: 'status', value }, deadline);
  }

  #startFailed(qemu: QemuProcess, exit: QemuExit, cause: unknown): BenchError {
    return new BenchError(`QEMU did not start (${howEnded(exit)}): ${this.name}`, {
      code: 'qemu-start-failed',
      hint: qemu.lastLines().at(-1) ?? 'it said nothing on stderr',
      details: { ...exit, lastLines: qemu.lastLines() },
      cause,
    });
  }
}

/** A budget of its own: what has to be killed is killed even when the step's time is over. */
export function cleanUp(name: string): Deadline {
  return new Deadline(`the end of QEMU on ${name}`, 10_000);
}

function howEnded({ code, signal }: QemuExit): string {
  return signal ?? `exit status ${code}`;
}
