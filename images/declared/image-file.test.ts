import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { imageFileJsonSchema, isImageFile, loadImageFile, type ImageFile } from './image-file.ts';

const good = `name: mine
client: bootc
credentials: auth.json
rollback: { kind: grub, attempts: 2 }
images:
  v1: { image: 'registry.test:5000/os:v1' }
  v2: { image: 'registry.test:5000/os@sha256:${'a'.repeat(64)}' }
`;

describe('file of an image set', () => {
  const directory = mkdtempSync(join(tmpdir(), 'image-file-'));
  after(() => rmSync(directory, { recursive: true }));
  const load = (text: string): Promise<ImageFile> => {
    const path = join(directory, 'set.yaml');
    writeFileSync(path, text);
    return loadImageFile(path);
  };
  const problemsOf = (text: string): Promise<string> =>
    load(text).then(
      () => 'no problem',
      (error: Error) => error.message,
    );

  it('gives images, policies with their defaults, and paths beside the file', async () => {
    const file = await load(good);
    expect(file).to.deep.include({
      name: 'mine',
      client: 'bootc',
      etc: 'merge',
      rollback: { kind: 'grub', attempts: 2 },
    });
    expect(Object.keys(file.images)).to.deep.equal(['v1', 'v2']);
    expect(file.credentials).to.equal(join(directory, 'auth.json'));
    expect(file).not.to.have.property('disk');
    expect((await load(`${good}disk: disk.qcow2\n`)).disk).to.equal(join(directory, 'disk.qcow2'));
  });

  it('names every problem at once, at its line', async () => {
    const said = await problemsOf(
      good.replace('bootc', 'rpm-ostree').replace('os:v1', 'os:v1;reboot').replace('attempts: 2', 'attempts: 0'),
    );
    expect(said).to.match(/3 problems/);
    expect(said).to.match(/set\.yaml:2:.*client/);
    expect(said).to.match(/set\.yaml:4:.*attempts/);
    expect(said).to.match(/set\.yaml:6:.*not an image reference/);
  });

  it('refuses a key that it does not know, with the one that was meant', async () => {
    expect(await problemsOf(good.replace('credentials', 'credential'))).to.match(/credential\b.*credentials/s);
  });

  it('wants a v1 to begin with and a v2 to update to', async () => {
    expect(await problemsOf(good.replace(/ {2}v2.*\n/, ''))).to.match(/v2 is missing/);
  });

  it('is told from the name of a set, and has a schema for editors', () => {
    expect(['mine.yaml', './a/b.yml', 'reference', 'bootc'].map(isImageFile)).to.deep.equal([true, true, false, false]);
    expect(imageFileJsonSchema()).to.have.nested.property('properties.images');
  });
});
