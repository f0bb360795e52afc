import { setTimeout as sleep } from 'node:timers/promises';
import { Deadline } from '../../harness/device/deadline.ts';
import type { CutReceipt, Power } from '../../harness/device/power.ts';
import { BenchError, DeadlineError } from '../../harness/errors/harness-error.ts';
import type { BoardConsole, BoardSwitch } from './means.ts';

export interface BoardPowerSettings {
  readonly name: string;
  readonly lossModel: 'real' | 'memory';
  /** Without power before it comes back: each cut takes the next in turn, anything else the longest. */
  readonly offMs: readonly number[];
  readonly quietMs: number;
  /** How long a command of the switch may take; default 20 s. A person takes the time of the step. */
  readonly commandMs?: number | undefined;
  /** Before power comes on: the storage belongs to the board again. */
  readonly beforeOn: (deadline: Deadline) => Promise<void>;
}

/** How often the sensor is asked: the measured latency is no finer than that. */
const senseEveryMs = 20;
/** Bytes on their way in a UART, a USB adapter and a serial server may come after the power is gone, but not longer. */
const drainMs = 3000;

/** A board's power: what the switch is told, and what is then seen of it. */
export class BoardPower implements Power {
  /** From the command to the sensed loss, of each time it was measured: a bench whose switch gets slow shows here. */
  readonly offLatenciesMs: number[] = [];
  #offSinceMs: number | undefined;
  /** How long the cut that is in force is to last; undefined: there is none. */
  #cutMs: number | undefined;
  #cuts = 0;

  constructor(
    private readonly board: BoardSwitch,
    private readonly console: BoardConsole,
    private readonly settings: BoardPowerSettings,
  ) {}

  async on(deadline: Deadline): Promise<void> {
    if (this.#senses && (await this.sense()) === 'on')
      throw new BenchError(`Already on: ${this.settings.name}`, { code: 'already-on' });
    await this.settings.beforeOn(deadline);
    const offMs = this.#cutMs ?? Math.max(...this.settings.offMs);
    const restMs = this.#offSinceMs === undefined ? 0 : offMs - (performance.now() - this.#offSinceMs);
    // A timer may be a millisecond early.
    const { leftMs, what, parent, timeFactor } = deadline;
    // The bench file's wish, and no delay of the device: the step's time begins behind it.
    if (restMs > 0) await this.#wait(Math.ceil(restMs) + 1, parent);
    const own = restMs > 0 ? new Deadline(what, leftMs, parent, timeFactor) : deadline;
    await this.#command('on', own, (part) => this.board.on(part));
    this.#offSinceMs = undefined;
    this.#cutMs = undefined;
    if (this.#senses) await this.#becomes('on', own, 'power-not-on');
  }

  async off(deadline: Deadline): Promise<void> {
    const wasOn = this.#senses && (await this.sense()) === 'on';
    const fromMs = performance.now();
    await this.#command('off', deadline, (part) => this.board.off(part));
    if (this.#senses) await this.#becomes('off', deadline, 'power-not-off');
    if (wasOn) this.offLatenciesMs.push(performance.now() - fromMs);
    this.#offSinceMs ??= performance.now();
  }

  /** Proven by the sensor and by the console, which the board fed until then. What is lost is the bench file's word. */
  async cut(deadline: Deadline): Promise<CutReceipt> {
    const { name, lossModel, quietMs, offMs } = this.settings;
    if (!this.#senses)
      throw new BenchError(`Nothing senses the power, so no cut can be proven: ${name}`, { code: 'cut-not-proven' });
    if ((await this.sense()) === 'off') throw new BenchError(`Device is off: ${name}`, { code: 'device-off' });
    const { interruptions } = this.console;
    const heardUntil = interruptions.length;
    const out = interruptions.at(-1);
    if (out && out.durationMs === undefined)
      throw new BenchError(`Nobody hears the console (${out.reason}), so its silence proves no cut: ${name}`, {
        code: 'cut-not-proven',
        hint: 'is its cable plugged in, and does its server run?',
      });
    const fromMs = performance.now();
    await this.#command('off', deadline, (part) => this.board.off(part));
    const sensedMs = await this.#becomes('off', deadline, 'cut-not-proven');
    this.#offSinceMs = sensedMs;
    const at = new Date(performance.timeOrigin + sensedMs).toISOString();
    this.offLatenciesMs.push(sensedMs - fromMs);
    const cutMs = offMs[this.#cuts++ % offMs.length]!;
    this.#cutMs = cutMs;
    await this.#quiet(deadline);
    return {
      kind: 'cut',
      lossModel,
      at,
      proof: [
        `${this.board.name} ended with 0`,
        `${this.board.senses === 'rail' ? 'rail' : 'outlet'} sensed off after ${Math.round(sensedMs - fromMs)} ms`,
        interruptions.length > heardUntil
          ? `console gone with the power (${interruptions.at(-1)?.reason})`
          : `console silent for ${quietMs} ms`,
      ],
      latencyMs: sensedMs - fromMs,
      offMs: cutMs,
    };
  }

  async reset(deadline: Deadline): Promise<CutReceipt> {
    const fromMs = performance.now();
    if ((await this.sense()) === 'off')
      throw new BenchError(`Device is off: ${this.settings.name}`, { code: 'device-off' });
    const seen = await this.#command('reset', deadline, (part) => this.board.reset(part));
    const atMs = performance.now();
    return {
      kind: 'reset',
      lossModel: 'memory',
      at: new Date().toISOString(),
      proof: [seen],
      latencyMs: atMs - fromMs,
    };
  }

  async sense(): Promise<'on' | 'off' | 'unknown'> {
    const sensor = new Deadline(`the power sensor of ${this.settings.name}`, 2 * this.#commandMs);
    return this.#command('sense', sensor, (part) => this.board.sense(part));
  }

  get #senses(): boolean {
    return this.board.senses !== undefined;
  }

  /** @throws AbortError. */
  async #wait(ms: number, abort: AbortSignal | undefined): Promise<void> {
    const waiting = new Deadline(`the time without power of ${this.settings.name}`, ms + 60_000, abort);
    await waiting.race(sleep(ms, undefined, { signal: waiting.signal }));
  }

  get #commandMs(): number {
    return this.settings.commandMs ?? 20_000;
  }

  /** @throws BenchError `power-command-failed` for one that does not end: a hanging switch is not a silent device. DeadlineError when the step had less time. */
  async #command<T>(verb: string, deadline: Deadline, run: (part: Deadline) => Promise<T>): Promise<T> {
    if (this.board.senses === 'person') return run(deadline);
    const part = deadline.within(`power ${verb} of ${this.settings.name}`, this.#commandMs);
    try {
      return await run(part);
    } catch (error) {
      if (!(error instanceof DeadlineError) || part.budgetMs < this.#commandMs) throw error;
      throw new BenchError(
        `Power command did not end within ${part.budgetMs / 1000} s, ${verb} by ${this.board.name}: ${this.settings.name}`,
        { code: 'power-command-failed', hint: 'run it by hand', cause: error },
      );
    }
  }

  async #becomes(state: 'on' | 'off', deadline: Deadline, code: string): Promise<number> {
    try {
      return await deadline.until(async () => {
        const sensed = await this.board.sense(deadline);
        return sensed === state ? performance.now() : undefined;
      }, senseEveryMs);
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error;
      throw new BenchError(`Power still not sensed ${state} after ${deadline.budgetMs} ms: ${this.settings.name}`, {
        code,
        hint: `check what ${this.board.name} switches`,
        cause: error,
      });
    }
  }

  /** @throws BenchError `cut-not-proven` when the board goes on talking: the switch is another board's, or the UART feeds this one. */
  async #quiet(deadline: Deadline): Promise<void> {
    const { quietMs, name } = this.settings;
    const drain = deadline.within(`silence of ${name}`, drainMs + quietMs);
    const fromMs = performance.now();
    while (performance.now() - Math.max(fromMs, this.console.lastByteMs) < quietMs) {
      if (drain.signal.aborted) {
        deadline.check();
        throw new BenchError(`Power is off, and the console still talks: ${name}`, {
          code: 'cut-not-proven',
          hint: 'the switch is not the one of this board, or another wire (UART, USB, HDMI) feeds it',
        });
      }
      await sleep(Math.min(quietMs, 20), undefined, { signal: drain.signal }).catch(() => undefined);
    }
  }
}
