import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { cacheDirectory } from '../../images/builder/cache-key.ts';
import { packSet } from '../../images/pack/pack-set.ts';
import { unpackSet } from '../../images/pack/unpack-set.ts';
import type { TarEntry } from '../bundle/tar-writer.ts';
import { UsageError } from '../errors/harness-error.ts';
import type { Ledger } from '../record/ledger.ts';
import { commitsOf } from '../replay/replay-plan.ts';
import { usedImages, type UsedImages } from '../replay/used-images.ts';
import { loadCatalog } from '../run/catalog.ts';
import { home } from './tool.ts';

const recordedSet = z.object({ imageSet: z.object({ name: z.string(), key: z.string() }) });

/**
 * The files of the image set that a run used, for its bundle. `directory`: where the set is, if not in the cache. `scratch`: as packSet wants it.
 * @throws UsageError `images-by-digest`, `image-set-gone`, `other-images`.
 */
export async function imagesOfRun(ledger: Ledger, scratch: string, directory?: string): Promise<TarEntry[]> {
  const recorded = recordedSet.safeParse(ledger.run.host);
  const { name, key } = recorded.success ? recorded.data.imageSet : { name: 'unknown', key: '' };
  if (name !== 'reference')
    throw new UsageError(`Images come by digest from the registry, and are not packed: image set ${name}`, {
      code: 'images-by-digest',
      hint: 'without --with-images the bundle names every image by its digest',
    });
  const place = directory ?? join(cacheDirectory(), 'images', key);
  if (!existsSync(join(place, 'set.json')))
    throw new UsageError(`Not in the cache: image set ${key} of the run`, {
      code: 'image-set-gone',
      hint: '--with-images DIR names another place; or run the cases again, then make the bundle',
      details: { place },
    });
  return packSet(place, { ...(await usedBy(ledger.cases)), commits: commitsOf(ledger), scratch });
}

/** The directory of the images that came in a bundle, unpacked into the cache; undefined: it has none. @throws as unpackSet does. */
export async function imagesOfBundle(path: string): Promise<string | undefined> {
  return unpackSet(path, join(cacheDirectory(), 'images'));
}

/** What cases of a record need of an image set. */
export async function usedBy(cases: Ledger['cases']): Promise<UsedImages> {
  const { scenarios } = await loadCatalog(join(home, 'scenarios'));
  const specs = new Map(scenarios.map(({ spec }) => [spec.id, spec]));
  return usedImages(cases, (scenario) => specs.get(scenario));
}
