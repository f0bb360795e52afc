import { expect } from 'chai';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { imageCapabilities } from './image-sets.ts';

describe('capabilities of an image set', () => {
  const directoryOf = async (seal?: { composefs: string; verity: boolean }): Promise<string> => {
    const directory = await mkdtemp(join(tmpdir(), 'bootproof-set-'));
    const hex = '0'.repeat(64);
    const v1 = { name: 'v1', commit: hex, version: 'v1', kernelRelease: '1', linuxSha256: hex, initrdSha256: hex };
    const image = { ...v1, etcPolicy: 'merge', rollback: 'none', ...(seal ? { seal } : {}) };
    const set = { name: 'any', key: 'k', client: 'ostree', stateroot: 's', images: { v1: image }, packages: [] };
    await writeFile(join(directory, 'set.json'), JSON.stringify(set));
    return directory;
  };
  const composefs = 'af'.repeat(32);

  it('are known by its name before it is built, and are those of its images where it stands ready', async () => {
    expect(await imageCapabilities('forky')).to.deep.equal(['image.composefs']);
    expect(await imageCapabilities(await directoryOf({ composefs, verity: true }))).to.deep.equal(['image.composefs']);
  });

  it('are none for images that are not sealed, or whose files nobody verifies', async () => {
    for (const given of ['reference', 'bootc', await directoryOf()])
      expect(await imageCapabilities(given), given).to.deep.equal([]);
    expect(await imageCapabilities(await directoryOf({ composefs, verity: false }))).to.deep.equal([]);
  });

  it('are not asked of a set that is not there', async () => {
    const refused = (given: string) => imageCapabilities(given).catch((error: unknown) => error);
    for (const given of ['no-such-set', 'constructor'])
      expect(await refused(given)).to.include({ code: 'no-such-images' });
    expect(await refused('mine.yaml')).to.include({ code: 'file-missing' });
  });
});
