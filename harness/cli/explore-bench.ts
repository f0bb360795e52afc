import { Deadline } from '../device/deadline.ts';
import { InternalError } from '../errors/harness-error.ts';
import type { CaseFactory } from '../run/case.ts';
import type { DeviceSession } from '../session/device-session.ts';
import { ScenarioDevice } from '../session/scenario-device.ts';
import { benchesOf, loadBenchFiles, openBench } from './compose.ts';
import type { ExploreRecord } from './explore-record.ts';
import type { ExploreSettings } from './explore-run.ts';

/** Of one recording, or one boot of a state. */
const sessionMs = 30 * 60_000;

/** The bench of an exploration, taken when it is first needed: an exploration without boots needs none. */
export class ExploreBench {
  #factory: CaseFactory | undefined;

  constructor(
    private readonly options: ExploreSettings,
    private readonly record: ExploreRecord,
    private readonly start: string,
    private readonly abort: AbortSignal,
  ) {}

  /** One session on an untouched device. */
  async with<T>(body: (session: DeviceSession) => Promise<T>): Promise<T> {
    const { options, record, abort } = this;
    this.#factory ??= await this.#open();
    const open = await this.#factory.open({
      case: record.planned,
      spec: {
        id: record.planned.scenario,
        title: record.planned.title,
        requirements: [],
        needs: [],
        start: [this.start],
      },
      seed: options.seed,
      deadline: new Deadline(record.planned.case, sessionMs, abort),
      emit: (payload) => record.write(payload),
      attachments: record.attachments,
      watch: { step: (name) => process.stderr.write(`explore: ${name}\n`), consoleLine: () => undefined },
    });
    try {
      const { device } = open.context;
      if (!(device instanceof ScenarioDevice))
        throw new InternalError('Not a session on a device', { code: 'no-session' });
      return await body(device.session);
    } finally {
      await open.close({ verdict: 'passed', reason: '' });
    }
  }

  /** `body`, and the bench released after it. */
  async during<T>(body: () => Promise<T>): Promise<T> {
    try {
      return await body();
    } finally {
      await this.#factory?.release();
    }
  }

  async #open(): Promise<CaseFactory> {
    const { options, record, abort } = this;
    const [file] = await loadBenchFiles(options.bench);
    const [bench] = benchesOf(file!);
    return openBench({ bench: bench!, runDir: record.runDir, seed: options.seed, images: options.images }, abort);
  }
}
