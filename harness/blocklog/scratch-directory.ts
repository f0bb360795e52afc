import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory for one test file, gone afterwards. */
export class ScratchDirectory {
  readonly path = mkdtempSync(join(tmpdir(), 'bootproof-blocklog-'));

  file(name: string): string {
    return join(this.path, name);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
