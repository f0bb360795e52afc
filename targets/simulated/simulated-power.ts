import type { Deadline } from '../../harness/device/deadline.ts';
import type { CutReceipt, Power } from '../../harness/device/power.ts';
import { BenchError } from '../../harness/errors/harness-error.ts';
import type { SimulatedDevice } from './simulated-device.ts';

export class SimulatedPower implements Power {
  constructor(private readonly device: () => SimulatedDevice) {}

  on(deadline: Deadline): Promise<void> {
    return this.#do(deadline, (device) => device.powerOn());
  }

  off(deadline: Deadline): Promise<void> {
    return this.#do(deadline, (device) => device.powerOff());
  }

  cut(deadline: Deadline): Promise<CutReceipt> {
    return this.#do(deadline, (device) => receipt(device, 'cut'));
  }

  reset(deadline: Deadline): Promise<CutReceipt> {
    return this.#do(deadline, (device) => receipt(device, 'reset'));
  }

  sense(): Promise<'on' | 'off' | 'unknown'> {
    return Promise.resolve(this.device().isOn ? 'on' : 'off');
  }

  async #do<T>(deadline: Deadline, work: (device: SimulatedDevice) => T): Promise<T> {
    deadline.check();
    return work(this.device());
  }
}

function receipt(device: SimulatedDevice, kind: 'cut' | 'reset'): CutReceipt {
  const begunMs = performance.now();
  const { bootId, bootEnded } = device;
  if (bootId === undefined)
    throw new BenchError(`Device is off: no power to take away`, { code: 'device-off', details: { kind } });
  if (kind === 'cut') device.cut();
  else device.reset();
  if (!bootEnded.aborted)
    throw new BenchError(`Loss of power not proven: simulated device`, { code: 'cut-not-proven' });
  return {
    kind,
    lossModel: kind === 'cut' ? 'memory+cache' : 'memory',
    at: new Date().toISOString(),
    proof: [`boot ${bootId} ended`, kind === 'cut' ? 'device senses off' : 'device started again'],
    latencyMs: performance.now() - begunMs,
  };
}
