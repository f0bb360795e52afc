import type { PreparedImages } from './image-sets.ts';
import { relative } from 'node:path';
import { AttachmentStore } from '../record/attachment.ts';
import type { PlannedCase, RecordPayload } from '../record/event.ts';
import { exitCodeOf } from '../record/exit-code.ts';
import { Redactor } from '../record/redaction.ts';
import { openRun } from '../record/run-record.ts';
import { RecordWriter } from '../record/writer.ts';
import { newRunDirectory } from '../run/run-directory.ts';
import type { Verdict } from '../run/verdict.ts';
import type { ExploreSettings } from './explore-run.ts';
import { defaultImages } from './image-sets.ts';
import { hostFacts, toolFacts } from './tool.ts';

/** The record of an exploration: a run with one case, so that every report there is can be made of it. */
export class ExploreRecord {
  readonly attachments: AttachmentStore;
  readonly #began = performance.now();
  #ended = false;

  private constructor(
    readonly runDir: string,
    readonly planned: PlannedCase,
    private readonly writer: RecordWriter,
    private readonly reproduce: string,
  ) {
    this.attachments = new AttachmentStore(runDir, new Redactor());
  }

  static async open(
    options: ExploreSettings,
    prepared: PreparedImages | undefined,
    [from, to]: readonly [string, string],
  ): Promise<ExploreRecord> {
    const { id, path } = await newRunDirectory(options.out);
    const planned: PlannedCase = {
      case: `explore/${from}..${to}`,
      scenario: 'explore',
      title: `every crash state of the update from ${from} to ${to} boots the old or the new system, whole`,
      requirements: [],
      needs: [],
      bench: prepared || options.consoleBoot ? (options.bench[0] ?? 'embedded') : 'none',
    };
    const writer = RecordWriter.create(path, {
      run: id,
      tool: await toolFacts(),
      profile: 'explore',
      seed: options.seed,
      images: prepared?.set.images ?? {},
      benches: {},
      host: { ...hostFacts(), ...(prepared ? { imageSet: { name: prepared.set.name, key: prepared.set.key } } : {}) },
      cases: [planned],
    });
    writer.write({ event: 'case-started', case: planned.case, bench: planned.bench, seed: options.seed });
    return new ExploreRecord(path, planned, writer, commandOf(options));
  }

  write(payload: RecordPayload): void {
    this.writer.write(payload);
  }

  note(kind: string, data: Record<string, unknown>): void {
    this.write({ event: 'note', case: this.planned.case, kind, data });
  }

  /** Writes verdict and end, then the reports. @returns the exit code. */
  async end(verdict: Verdict): Promise<number> {
    this.#ended = true;
    const durationMs = performance.now() - this.#began;
    this.write({ event: 'verdict', case: this.planned.case, ...verdict, durationMs, reproduce: this.reproduce });
    const { code, reason } = exitCodeOf((await openRun(this.runDir)).ledger);
    this.write({ event: 'run-ended', exitCode: code, reason, durationMs });
    const { writeReports } = await import('../../reports/index.ts');
    for (const { format, path, error, note } of await writeReports(this.runDir))
      process.stdout.write(
        `${format.padEnd(7)} ${error ?? relative(process.cwd(), path)}${note === undefined ? '' : ` (${note})`}\n`,
      );
    return code;
  }

  /** `body`, and what ends it before its verdict; the record is closed after it. */
  async during<T>(body: () => Promise<T>): Promise<T> {
    try {
      return await body();
    } catch (error) {
      this.#failed(error);
      throw error;
    } finally {
      this.writer.close();
    }
  }

  #failed(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.write({
      event: 'verdict',
      case: this.planned.case,
      verdict: 'broken',
      reason: error instanceof Error ? error.message : String(error),
      durationMs: performance.now() - this.#began,
      reproduce: this.reproduce,
    });
  }
}

function commandOf({
  update,
  recording,
  log,
  disk,
  menu,
  bound,
  seed,
  bench,
  images,
  state,
  consoleBoot,
}: ExploreSettings): string {
  const what = log && disk ? ['--log', log, '--disk', disk, '--menu', menu] : ['--update', update];
  const words = ['npx', 'bootproof', 'explore', ...what, '--bound', bound, '--seed', String(seed)];
  for (const file of bench) words.push('--bench', file);
  if (images !== defaultImages) words.push('--images', images);
  if (recording) words.push('--recording', recording);
  if (state) words.push('--state', state);
  if (consoleBoot) words.push('--console-boot');
  return words.join(' ');
}
