import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256OfFile } from '../device/file-sha256.ts';

/** One file of a recording that stays with the run: a base disk and a block log are too large to send, so the bundle names them by hash. */
interface RecordingFile {
  readonly recording: string;
  readonly file: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** What cuts were rebuilt from. `recording.json` is left out: it holds the keys of the device. */
export async function recordingHashes(runDir: string): Promise<RecordingFile[]> {
  const parent = join(runDir, 'recordings');
  const found: RecordingFile[] = [];
  for (const recording of (await readdir(parent).catch(() => [])).sort())
    for (const file of ['base.raw', 'writes.log']) {
      const path = join(parent, recording, file);
      const { size } = await stat(path).catch(() => ({ size: undefined }));
      if (size !== undefined) found.push({ recording, file, sizeBytes: size, sha256: await sha256OfFile(path) });
    }
  return found;
}
