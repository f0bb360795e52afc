import { statSync } from 'node:fs';
import type { Recording } from '../../harness/device/disk.ts';
import type { QmpClient } from './qmp.ts';

const names: Readonly<Record<string, string>> = { RESET: 'reset', SHUTDOWN: 'shutdown' };

/** A recording as it grows. The size of the log is taken when an event is read: a write in flight then may stand before or after it. */
export class DiskRecording implements Recording {
  readonly machineEvents: { event: string; logBytes: number; at: string }[] = [];

  constructor(
    readonly basePath: string,
    readonly logPath: string,
  ) {}

  note(event: string, at = new Date().toISOString()): void {
    this.machineEvents.push({ event, logBytes: statSync(this.logPath).size, at });
  }

  follow(qmp: QmpClient): void {
    qmp.onEvent(({ event, at }) => {
      const name = names[event];
      if (name !== undefined) this.note(name, at);
    });
  }
}
