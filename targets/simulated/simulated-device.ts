import { randomUUID } from 'node:crypto';
import { SimulatedConsole } from './simulated-console.ts';
import { SimulatedDisk } from './simulated-disk.ts';

export interface SimulatedDeviceOptions {
  /** From power-on to the login prompt. Default 10. */
  readonly bootMs?: number;
  /** The firmware finds nothing to boot. */
  readonly neverBoots?: boolean;
  readonly kernelRelease?: string;
  /** Called when a boot has reached userspace, before anybody can log in. */
  readonly onBoot?: (device: SimulatedDevice) => void;
}

/** What one boot holds; power that is lost, or a reset, ends it. */
interface Boot {
  readonly id: string;
  readonly ended: AbortController;
  isUp: boolean;
}

/** A device in memory: a disk with a cache, a console, and boots that end when power does. */
export class SimulatedDevice {
  readonly console = new SimulatedConsole();
  disk = new SimulatedDisk();
  network: 'up' | 'down' = 'up';
  #boot: Boot | undefined;
  #boots = 0;

  constructor(private readonly options: SimulatedDeviceOptions = {}) {}

  get isOn(): boolean {
    return this.#boot !== undefined;
  }

  /** Since the device was made. */
  get bootCount(): number {
    return this.#boots;
  }

  /** The running boot's: undefined while off. */
  get bootId(): string | undefined {
    return this.#boot?.id;
  }

  /** Fires when the running boot ends. */
  get bootEnded(): AbortSignal {
    return this.#boot?.ended.signal ?? AbortSignal.abort();
  }

  /** The boot that runs now takes logins. */
  get isUp(): boolean {
    return this.#boot?.isUp ?? false;
  }

  powerOn(): void {
    if (!this.#boot) this.#start();
  }

  /** The bench's own way of switching off: nothing is lost. */
  powerOff(): void {
    this.disk.sync();
    this.#end();
  }

  cut(): void {
    this.disk.loseCache();
    this.#end();
  }

  /** Memory is lost; the disk keeps all completed writes. */
  reset(): void {
    this.#end();
    this.#start();
  }

  #end(): void {
    this.#boot?.ended.abort();
    this.#boot = undefined;
  }

  #start(): void {
    this.#boots += 1;
    const ended = new AbortController();
    const boot: Boot = { id: randomUUID(), ended, isUp: false };
    this.#boot = boot;
    const stages = this.#stages(() => {
      boot.isUp = true;
      this.options.onBoot?.(this);
    });
    this.#play(stages, (this.options.bootMs ?? 10) / stages.length, ended.signal);
  }

  /** One after the other: timers of their own could overtake each other on a busy machine. */
  #play([stage, ...rest]: readonly (() => void)[], everyMs: number, ended: AbortSignal): void {
    if (!stage) return;
    const timer = setTimeout(() => {
      stage();
      this.#play(rest, everyMs, ended);
    }, everyMs);
    ended.addEventListener('abort', () => clearTimeout(timer), { once: true });
  }

  #stages(done: () => void): (() => void)[] {
    const { kernelRelease = '6.12.0-simulated', neverBoots = false } = this.options;
    const print = (text: string) => () => this.console.print(text);
    if (neverBoots) return [print('SeaBIOS (version simulated)\r\nNo bootable device.\r\n')];
    return [
      print('SeaBIOS (version simulated)\r\n'),
      print("  Booting `Simulated (ostree:0)'\r\n"),
      print(`[    0.000000] Linux version ${kernelRelease} (simulated)\r\n`),
      print('[    0.100000] Run /init as init process\r\n'),
      print('[    0.200000] systemd[1]: systemd 257 running in system mode\r\n'),
      () => {
        done();
        this.console.print('\r\nSimulated GNU/Linux device ttyS0\r\n\r\ndevice login: ');
      },
    ];
  }
}
