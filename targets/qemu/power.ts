import type { Deadline } from '../../harness/device/deadline.ts';
import type { CutReceipt, Power } from '../../harness/device/power.ts';
import { BenchError } from '../../harness/errors/harness-error.ts';
import type { Machine } from './machine.ts';

/** Power by process: on is a spawn, off and cut are a SIGKILL. */
export class QemuPower implements Power {
  readonly #machine: Machine;
  readonly #start: (deadline: Deadline) => Promise<void>;

  constructor(machine: Machine, start: (deadline: Deadline) => Promise<void>) {
    this.#machine = machine;
    this.#start = start;
  }

  async on(deadline: Deadline): Promise<void> {
    await this.#start(deadline);
  }

  async off(deadline: Deadline): Promise<void> {
    await this.#machine.kill(deadline);
  }

  /**
   * The loss model is `memory`, no more: what the guest's disk had completed is in the host's page cache and survives, flushed or not.
   * Losing unflushed writes takes a recording, and a disk rebuilt from it.
   */
  async cut(deadline: Deadline): Promise<CutReceipt> {
    const startedMs = performance.now();
    this.#machine.running();
    const killed = await this.#machine.kill(deadline);
    if (killed?.exit.signal !== 'SIGKILL')
      throw new BenchError(`Ended by itself before the cut: ${this.#machine.name}`, {
        code: 'cut-not-proven',
        details: { exit: killed?.exit },
      });
    return {
      kind: 'cut',
      lossModel: 'memory',
      at: killed.exit.at,
      proof: [`SIGKILL sent to pid ${killed.pid}`, 'process reaped, ended by SIGKILL', 'QMP at EOF'],
      latencyMs: performance.now() - startedMs,
    };
  }

  async reset(deadline: Deadline): Promise<CutReceipt> {
    const startedMs = performance.now();
    const { qmp } = this.#machine.running();
    const from = qmp.events.length;
    await qmp.execute('system_reset', {}, deadline);
    const seen = await qmp.waitFor(({ event, data }) => event === 'RESET' && data.guest === false, deadline, from);
    return {
      kind: 'reset',
      lossModel: 'memory',
      at: seen.at,
      proof: ['system_reset accepted', `RESET event, ${String(seen.data.reason)}`],
      latencyMs: performance.now() - startedMs,
    };
  }

  async sense(): Promise<'on' | 'off' | 'unknown'> {
    return this.#machine.isRunning ? 'on' : 'off';
  }
}
