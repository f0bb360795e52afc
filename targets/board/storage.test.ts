import { expect } from 'chai';
import { writeFileSync } from 'node:fs';
import { mkdtemp, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Deadline } from '../../harness/device/deadline.ts';
import type { HarnessError } from '../../harness/errors/harness-error.ts';
import { writeStorage } from './storage.ts';

const mib = 1024 ** 2;
const soon = (): Deadline => new Deadline('the storage', 60_000);
const noCommand = { runCommand: () => Promise.reject(new Error('a file needs no command')) };
const failure = async (promise: Promise<unknown>): Promise<HarnessError> =>
  promise.then(
    () => new Error('nothing was thrown') as unknown as HarnessError,
    (error: unknown) => error as HarnessError,
  );

/** Somebody who writes to the storage once it was written. */
class Meddler extends Deadline {
  constructor(private readonly meddle: () => void) {
    super('the storage', 60_000);
  }

  override check(details: Record<string, unknown> = {}): void {
    if ('verifiedBytes' in details) this.meddle();
    super.check(details);
  }
}

describe('storage', () => {
  let directory: string;
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'bootproof-storage-'))));
  afterEach(() => rm(directory, { recursive: true }));
  const at = (name: string): string => join(directory, name);

  /** A disk with a beginning, a middle and an end that is no whole piece. */
  async function sparseImage(): Promise<string> {
    const image = await open(at('image.raw'), 'w');
    await image.truncate(13 * mib + 512);
    for (const [text, offset] of [
      ['table', 0],
      ['across two pieces', 4 * mib - 8],
      ['end', 13 * mib],
    ] as const)
      await image.write(text, offset);
    await image.close();
    return at('image.raw');
  }

  it('makes a file the image, whatever it held, and leaves zeros out', async () => {
    const image = await sparseImage();
    await writeFile(at('disk.raw'), Buffer.alloc(14 * mib, 0xff));
    await writeStorage(image, at('disk.raw'), noCommand, soon());
    expect((await readFile(at('disk.raw'))).equals(await readFile(image))).to.equal(true);
    expect((await stat(at('disk.raw'))).blocks * 512).to.be.lessThan(12 * mib);
  });

  it('finds what is not as it was written', async () => {
    const image = await sparseImage();
    await writeFile(at('disk.raw'), '');
    const meddler = new Meddler(() => writeFileSync(at('disk.raw'), 'TABLE', { flag: 'r+' }));
    expect(await failure(writeStorage(image, at('disk.raw'), noCommand, meddler))).to.include({
      code: 'storage-differs',
      blame: 'bench',
    });
    const shortener = new Meddler(() => writeFileSync(at('disk.raw'), ''));
    expect(await failure(writeStorage(image, at('disk.raw'), noCommand, shortener))).to.include({
      code: 'storage-differs',
    });
  });

  it('writes nothing where nothing is, and does not make it', async () => {
    await writeFile(at('image.raw'), 'x');
    const error = await failure(writeStorage(at('image.raw'), at('none.raw'), noCommand, soon()));
    expect(error).to.include({ code: 'storage-not-written', hint: 'does the mux show it to this host?' });
    expect(await stat(at('none.raw')).catch(() => undefined)).to.equal(undefined);
  });

  it('ends with its deadline', async () => {
    await writeFile(at('image.raw'), '');
    await truncate(at('image.raw'), 2 * mib);
    await writeFile(at('disk.raw'), '');
    const gone = new AbortController();
    gone.abort();
    const late = new Deadline('the storage', 60_000, gone.signal);
    expect(await failure(writeStorage(at('image.raw'), at('disk.raw'), noCommand, late))).to.include({
      code: 'aborted',
    });
  });
});
