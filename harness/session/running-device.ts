import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { bootMilestones, bootParts } from '../console/boot-milestones.ts';
import { DeviceConsole } from '../console/console.ts';
import { HealthWatch } from '../console/health-watch.ts';
import { Transcript } from '../console/transcript.ts';
import type { Deadline } from '../device/deadline.ts';
import type { Shell } from '../device/shell.ts';
import type { Target } from '../device/target.ts';
import { BenchError } from '../errors/harness-error.ts';

/** A running system, as soon as it has said what it thinks of itself. */
export interface Settled {
  readonly shell: Shell;
  readonly bootId: string;
  /** systemd's word: running, degraded ... */
  readonly state: string;
}

/** Seconds that a boot may take, from power-on or reset to an answer, before it counts as one that does not come. */
const bootMs = 180_000;

/** How long a system may take to go down before it is asked again which boot it is. Every login to one that is going down slows it. */
const goingDownMs = 60_000;

/** Says which boot this is, and waits for systemd's word and for the state of the health check. A line each. */
export const settledScript = `cat /proc/sys/kernel/random/boot_id; systemctl is-system-running --wait; systemctl show -P ActiveState boot-health.service greenboot-healthcheck.service`;

/**
 * A provisioned target with its console listened to: power, the way to a settled system, and the proof of a restart. A system is
 * settled when systemd has finished starting it and its health check, where it has one, has ended; until then a shell may be one
 * of a system that is about to be rolled back.
 */
export class RunningDevice {
  readonly transcript: Transcript;
  readonly console: DeviceConsole;
  readonly health: HealthWatch;
  #settled: Settled | undefined;

  constructor(
    readonly target: Target,
    directory: string,
    private readonly watch: { step(name: string): void; consoleLine(text: string): void },
  ) {
    mkdirSync(directory, { recursive: true });
    this.transcript = Transcript.create(join(directory, 'console'));
    this.console = new DeviceConsole(target.console, this.transcript, `${target.name} (console)`);
    this.health = new HealthWatch(this.console);
    let lastMs = 0;
    this.console.onBytes((_chunk, _offset, atMs) => {
      if (atMs - lastMs < 250) return;
      lastMs = atMs;
      watch.consoleLine(this.transcript.lastLine);
    });
  }

  get current(): Settled {
    if (this.#settled) return this.#settled;
    throw new BenchError(`No connection to ${this.target.name}`, { code: 'not-connected' });
  }

  get isSettled(): boolean {
    return this.#settled !== undefined;
  }

  /** `beforeLogin`: what the console has to show before anyone connects. */
  async powerOn(
    deadline: Deadline,
    beforeLogin?: (from: number, deadline: Deadline) => Promise<void>,
  ): Promise<Settled> {
    const from = this.console.length;
    await this.target.power.on(deadline.within('power-on', 30_000));
    await beforeLogin?.(from, deadline);
    return this.settle(undefined, from, deadline);
  }

  /** Asks the system to reboot, and waits for the next settled one, however many boots it takes. */
  async reboot(deadline: Deadline): Promise<Settled> {
    const { shell, bootId } = this.current;
    const from = this.console.length;
    await shell.run(['systemctl', 'reboot'], { deadline: deadline.within('the reboot command', 30_000) });
    this.lost();
    return this.settle(bootId, from, deadline);
  }

  /** Forgets a connection that is known to be gone. */
  lost(): void {
    this.#settled?.shell.close();
    this.#settled = undefined;
  }

  /**
   * Waits until a system with another boot id than `oldBootId` has settled, and holds it against the console: a changed boot id
   * without a start of a kernel on the console since byte `from` is no reboot. "SSH answers" proves nothing.
   */
  async settle(oldBootId: string | undefined, from: number, deadline: Deadline): Promise<Settled> {
    const limit = deadline.within(`a settled system on ${this.target.name}`, bootMs);
    this.watch.step('boot');
    if (oldBootId !== undefined) await this.#restartShown(from, limit.within('a restart on the console', goingDownMs));
    for (;;) {
      limit.check({ lastLine: this.transcript.lastLine });
      const shell = await this.target.connect(limit);
      const settled = await this.#lookAt(shell, oldBootId, limit);
      if (!settled) {
        shell.close();
        continue;
      }
      if (this.health.bootsSince(from).length === 0) {
        shell.close();
        throw new BenchError(`Boot id changed without a restart on the console: ${this.target.name}`, {
          code: 'restart-not-shown',
          hint: 'does console= name the port that the bench listens to?',
          details: { oldBootId, bootId: settled.bootId, consoleBytes: this.console.length - from },
        });
      }
      this.#settled = settled;
      return settled;
    }
  }

  /** Until the console shows a start since byte `from`, or the deadline: then the system's own word says what became of it. */
  async #restartShown(from: number, { signal }: Deadline): Promise<void> {
    const isShown = () => this.health.bootsSince(from).length > 0;
    if (isShown() || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const end = () => {
        signal.removeEventListener('abort', end);
        stop();
        resolve();
      };
      const stop = this.console.onBytes(() => isShown() && end());
      signal.addEventListener('abort', end);
    });
  }

  async #lookAt(shell: Shell, oldBootId: string | undefined, limit: Deadline): Promise<Settled | undefined> {
    const answer = await shell.script(settledScript, [], { deadline: limit });
    const [bootId = '', state = '', ...checks] = answer.stdout
      .toString('utf8')
      .split('\n')
      .map((line) => line.trim());
    if (answer.exitCode === null || bootId === '' || bootId === oldBootId) return undefined;
    if (!/^(running|degraded|maintenance)$/.test(state)) return undefined;
    if (checks.includes('activating')) return undefined;
    return { shell, bootId, state };
  }

  /** Seconds of the last boot by stage, as the console shows them; for a reboot the firmware's part is not told apart. */
  bootSeconds(): Record<string, number> {
    const from = this.health.bootsSince(0).at(-1)?.offset ?? 0;
    const parts = bootParts(bootMilestones(this.transcript, from));
    return Object.fromEntries(
      Object.entries(parts).map(([part, ms]: [string, number]) => [part.replace(/Ms$/, ''), Math.round(ms / 100) / 10]),
    );
  }

  async close(): Promise<void> {
    this.lost();
    this.console.close();
    this.health.close();
    this.transcript.close();
  }
}
