// @ts-check
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** For mocha: what tests make below the system's folder for temporary files is in one folder of theirs, and gone when they end, however they end. */
const scratch = mkdtempSync(join(tmpdir(), 'bootproof-tests-'));
process.env['TMPDIR'] = scratch;
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
