import { expect } from 'chai';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImageContents, ImageRecord } from '../image-set.ts';
import type { BuiltBootcImages } from './bootc-images.ts';
import { placeOf, withOstreeOrigin } from './ostree-origin.ts';

const record = (name: string, commit: string): ImageRecord => ({
  name,
  commit: commit.repeat(64),
  version: 'v1',
  kernelRelease: '6.12.0',
  linuxSha256: '',
  initrdSha256: '',
  etcPolicy: 'merge',
  rollback: 'none',
});

describe('a device that plain ostree installed', () => {
  const directory = mkdtempSync(join(tmpdir(), 'ostree-origin-'));
  after(() => rmSync(directory, { recursive: true }));
  const built = {
    directory,
    set: { images: { v1: record('v1', 'a') } },
    disk: async (names: readonly string[]) => `disk of ${names.join('+')}`,
    contents: async (name: string) => ({ usr: {}, defaultEtc: {}, of: name }) as unknown as ImageContents,
  } as unknown as BuiltBootcImages;
  const withIt = (build: string[]) => withOstreeOrigin(built, { onStep: () => undefined, build });

  it('is not made where no case asks for it', async () => {
    expect(await withIt(['v2b', 'v1-untuned'])).to.equal(built);
  });

  it('is found again: a commit and a disk of its own, with all that v1 has, and whose boots are like those of v1', async () => {
    mkdirSync(placeOf(built), { recursive: true });
    const made = { ...record('v1-from-ostree', 'b'), twin: 'v1' };
    writeFileSync(join(placeOf(built), 'record.json'), JSON.stringify(made));
    const { set, disk, contents } = await withIt([]);
    expect(set.images).to.deep.equal({ v1: record('v1', 'a'), 'v1-from-ostree': made });
    expect(await disk(['v1-from-ostree'])).to.equal(join(placeOf(built), 'disk.raw'));
    expect(await disk(['v1', 'v2'])).to.equal('disk of v1+v2');
    expect(await contents('v1-from-ostree')).to.have.property('of', 'v1');
  });
});
