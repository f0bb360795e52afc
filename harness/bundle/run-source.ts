import { stat } from 'node:fs/promises';
import { recordFile } from '../record/line.ts';
import { LedgerFold } from '../record/ledger.ts';
import { readRecordFrom } from '../record/reader.ts';
import { openRun, type RunRecord } from '../record/run-record.ts';
import { TarReader } from './tar-reader.ts';

/** A run from its directory, or from a bundle that came by mail; a bundle has no directory (`dir` is ''). @throws as openRun and TarReader do. */
export async function openRunOrBundle(path: string): Promise<RunRecord> {
  const isFile = (await stat(path).catch(() => undefined))?.isFile() ?? false;
  if (!isFile) return openRun(path);
  const tar = await TarReader.open(path);
  try {
    const fold = new LedgerFold();
    const end = await readRecordFrom(recordFile, tar.chunks(recordFile), (event) => fold.add(event));
    return { dir: '', ledger: fold.ledger(), ...end };
  } finally {
    await tar.close();
  }
}
