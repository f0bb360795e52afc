import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Deadline } from '../device/deadline.ts';
import type { Recording } from '../device/disk.ts';
import type { DeviceIdentity } from '../device/target.ts';
import type { Canary } from '../judge/transition.ts';
import type { Observation } from '../observe/observation.ts';
import type { ClientResult } from '../update/update-client.ts';
import { exclusively } from './exclusively.ts';
import type { RecordingPhases } from './recorded-update.ts';

/** One recorded transition, with all that a cut into it needs: shared by the cases of a run, whichever bench made it. */
export interface StoredRecording {
  readonly recording: Recording;
  readonly phases: RecordingPhases;
  readonly identity: DeviceIdentity;
  readonly before: Observation;
  readonly canaries: readonly Canary[];
  readonly generation: number;
  readonly client: ClientResult;
  readonly bench: string;
}

/** Recordings of a run, below its directory: made once, by the first case that needs one; others wait for it. */
export class RecordingStore {
  constructor(private readonly directory: string) {}

  async get(
    key: Record<string, unknown>,
    deadline: Deadline,
    make: () => Promise<StoredRecording>,
  ): Promise<{ stored: StoredRecording; made: boolean }> {
    const name = createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 16);
    const place = join(this.directory, name);
    const meta = join(place, 'recording.json');
    await mkdir(place, { recursive: true });
    return exclusively(join(place, 'lock'), deadline, async () => {
      if (existsSync(meta)) return { stored: JSON.parse(await readFile(meta, 'utf8')) as StoredRecording, made: false };
      const made = await make();
      const stored: StoredRecording = {
        ...made,
        recording: {
          ...made.recording,
          basePath: await move(made.recording.basePath, join(place, 'base.raw')),
          logPath: await move(made.recording.logPath, join(place, 'writes.log')),
        },
      };
      await writeFile(`${meta}.partial`, JSON.stringify(stored), { mode: 0o600 });
      await rename(`${meta}.partial`, meta);
      return { stored, made: true };
    });
  }
}

async function move(from: string, to: string): Promise<string> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    await copyFile(from, to);
    await rm(from);
  }
  return to;
}
