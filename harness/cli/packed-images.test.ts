import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { writeSmallSet } from '../../images/pack/fixtures/small-set.ts';
import type { HarnessError } from '../errors/harness-error.ts';
import type { Ledger } from '../record/ledger.ts';
import { writeSmallRun } from '../verify/fixtures/small-run.ts';
import { prepareImages } from './image-sets.ts';
import { imagesOfRun } from './packed-images.ts';

describe('images of a run', () => {
  let dir: string;
  let set: string;
  let ledger: Ledger;
  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'images-of-run-'));
    set = await writeSmallSet(join(dir, 'set'));
    ({ ledger } = await writeSmallRun(join(dir, 'run')));
    mkdirSync(join(dir, 'scratch'));
  });
  after(() => rmSync(dir, { recursive: true }));

  const codeOf = (what: Promise<unknown>): Promise<string> =>
    what.then(
      () => 'done',
      (error: HarnessError) => error.code,
    );
  const ofRun = (host: Record<string, unknown>, directory?: string) =>
    imagesOfRun({ ...ledger, run: { ...ledger.run, host } }, join(dir, 'scratch'), directory);

  it('are those of the set that the record names, where it is', async () => {
    const names = (await ofRun({ imageSet: { name: 'reference', key: 'k' } }, set)).map(({ name }) => name);
    expect(names).to.include.members(['images/set.json', 'images/disks/v1.raw.gz', 'images/disks/v2.raw.gz']);
  });

  it('cannot be packed when they are gone, or were never here', async () => {
    expect(await codeOf(ofRun({ imageSet: { name: 'reference', key: 'of-no-set' } }))).to.equal('image-set-gone');
    for (const host of [{ imageSet: { name: 'bootc', key: 'k' } }, { imageSet: { name: 'mine', key: 'k' } }, {}])
      expect(await codeOf(ofRun(host, set)), JSON.stringify(host)).to.equal('images-by-digest');
  });

  it('are used as they stand in a directory, and nothing is built', async () => {
    const onStep = () => expect.fail('nothing is built');
    const prepared = await prepareImages(set, { onStep, negatives: true, variants: ['v1', 'v2t'] });
    expect(prepared.source.names).to.deep.equal(['v1', 'v2', 'v2-bad', 'v2-etc', 'v2t']);
    expect(await codeOf(prepareImages(set, { onStep, variants: ['v4'] }))).to.equal('image-not-packed');
    expect(await codeOf(prepareImages(join(dir, 'none'), { onStep }))).to.equal('no-such-images');
  });
});
