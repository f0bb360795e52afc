import type { BuilderRoot } from '../builder/builder-root.ts';
import { contentsOf, recordFrom } from '../builder/image-contents.ts';
import { keepContents } from '../builder/kept-set.ts';
import type { ImageRecord } from '../image-set.ts';

/**
 * Imports an image of the root's OCI layout as a device does, and says what a device must then have: its commit, its kernel, every file of
 * /usr. Kept in `work` beside the set.
 */
export async function importImage(
  root: BuilderRoot,
  work: string,
  name: string,
  policy: Pick<ImageRecord, 'etcPolicy' | 'rollback' | 'unhealthy'>,
): Promise<ImageRecord> {
  const [commit = '', kernelRelease = ''] = await root.answer(['sh', '/build/bootc-images/import.sh', name]);
  const contents = await contentsOf(root, `/build/checkout/${name}`);
  await keepContents(work, name, contents);
  return recordFrom({ version: name, kernelRelease, ...policy }, name, commit, contents);
}
