import { join } from 'node:path';
import type { Ledger } from './ledger.ts';
import { LedgerFold } from './ledger.ts';
import { recordFile } from './line.ts';
import type { RecordEnd } from './reader.ts';
import { readRecord } from './reader.ts';

/** A run as read back from its directory: what every report is a function of. */
export interface RunRecord extends RecordEnd {
  readonly dir: string;
  readonly ledger: Ledger;
}

/** @throws as readRecord does. */
export async function openRun(dir: string): Promise<RunRecord> {
  const fold = new LedgerFold();
  const end = await readRecord(join(dir, recordFile), (event) => fold.add(event));
  return { dir, ledger: fold.ledger(), ...end };
}
