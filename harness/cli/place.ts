import type { BenchFile } from '../bench-file/schema.ts';
import { UsageError } from '../errors/harness-error.ts';

export interface PlaceOptions {
  readonly place?: string;
  /** `board=rcar-s4` */
  readonly placeTag?: readonly string[];
}

/**
 * Bench files of labgrid at the place that the command line names instead of their own: one file serves every board of a kind.
 * @throws UsageError `place-without-labgrid`, `place-and-tags`, `place-of-several`.
 */
export function atPlace(files: readonly BenchFile[], { place, placeTag = [] }: PlaceOptions): BenchFile[] {
  if (place === undefined && placeTag.length === 0) return [...files];
  if (place !== undefined && placeTag.length > 0)
    throw new UsageError(`Named and sought by its tags: place ${place}`, {
      code: 'place-and-tags',
      hint: 'give --place or --place-tag',
    });
  const labgrid = files.filter(({ target }) => target === 'labgrid');
  if (labgrid.length === 0)
    throw new UsageError('No bench file of a labgrid place: --place is given', {
      code: 'place-without-labgrid',
      hint: '--bench names a file with `target: labgrid`; it says how such a board is identified and written',
    });
  if (place !== undefined && labgrid.reduce((count, { instances }) => count + instances, 0) > 1)
    throw new UsageError(`One board, and more than one bench: place ${place}`, {
      code: 'place-of-several',
      hint: 'name one bench file with one instance, or use --place-tag',
    });
  const tags = Object.fromEntries(placeTag.map((one) => one.split('=') as [string, string]));
  return files.map((file) =>
    file.target === 'labgrid' ? { ...file, options: { ...(file.options as object), place, tags } } : file,
  );
}
