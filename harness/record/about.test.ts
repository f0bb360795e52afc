import { expect } from 'chai';
import { loadImageFile } from '../../images/declared/image-file.ts';
import { imageSetNames } from '../cli/image-sets.ts';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aboutOf } from './about.ts';

const about = (name: string) => aboutOf({ run: { host: { imageSet: { name } } } as never });

describe('what a run is evidence about', () => {
  it('is the harness for every set that the project builds for itself, and the product for others', () => {
    for (const name of imageSetNames) expect([name, about(name).kind]).to.deep.equal([name, 'harness']);
    expect(about('mine').kind).to.equal('product');
    expect(aboutOf({ run: { host: {} } as never }).kind).to.equal('unknown');
  });

  it('cannot be mistaken: no file of an image set takes the name of one of these', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'about-'));
    try {
      const path = join(directory, 'mine.yaml');
      const images = 'images:\n  v1: { image: r.example.org/os:1 }\n  v2: { image: r.example.org/os:2 }\n';
      await writeFile(path, `name: mine\nclient: bootc\n${images}`);
      expect((await loadImageFile(path)).name).to.equal('mine');
      for (const name of imageSetNames) {
        await writeFile(path, `name: ${name}\nclient: bootc\n${images}`);
        const refused = await loadImageFile(path).catch((error: unknown) => error);
        expect((refused as Error).message).to.match(/the reference device's/);
      }
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
