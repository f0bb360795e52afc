import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ExplorerOptions } from './epoch-explorer.ts';
import type { EpochResult } from './epoch-result.ts';
import type { ExploreSubject } from './subject.ts';

/** What judges the states: a result of an older one is not taken. Count up when a state's verdict can change. */
const judgeVersion = 2;

/** Results of epochs as they come, so that an exploration that was ended goes on where it stood. One line an epoch. */
export class ExploredStore {
  readonly path: string;

  /** `base`: digest of the base disk. */
  constructor(directory: string, base: string, subject: ExploreSubject, options: ExplorerOptions) {
    const { basePath: _base, logPath: _log, ...rest } = subject;
    const key = createHash('sha256')
      .update(JSON.stringify([judgeVersion, base, rest, options]))
      .digest('hex');
    this.path = join(directory, `${key.slice(0, 24)}.jsonl`);
  }

  /** What is there already; a line that was being written when the harness ended is left out. */
  read(): EpochResult[] {
    if (!existsSync(this.path)) return [];
    const whole = readFileSync(this.path, 'utf8').split('\n').slice(0, -1);
    const known = new Map<number, EpochResult>();
    for (const line of whole) {
      const result = JSON.parse(line) as EpochResult;
      known.set(result.epoch.start, result);
    }
    writeFileSync(this.path, whole.map((line) => `${line}\n`).join(''));
    return [...known.values()];
  }

  add(result: EpochResult): void {
    mkdirSync(dirname(this.path), { recursive: true });
    appendFileSync(this.path, `${JSON.stringify(result)}\n`);
  }
}
