import type { Ledger } from './ledger.ts';

/** Every report says this, in these words. */
export const notCompliance =
  'Supporting evidence, not compliance: whether a requirement is met is for an assessor to decide.';

/** Image sets that this project builds for itself, all of its reference device: they stand for no product. */
export const ownSets: ReadonlySet<string> = new Set(['reference', 'arm64', 'forky', 'bootc']);

export interface About {
  /** `harness`: a reference device shows that the harness works. `product`: a product's images show something about that product. */
  readonly kind: 'harness' | 'product' | 'unknown';
  /** Name of the image set, where the record names one. */
  readonly imageSet: string | undefined;
  readonly text: string;
}

/** What a run is evidence about; a run has one image set, so the two kinds never meet in one matrix. */
export function aboutOf({ run }: Pick<Ledger, 'run'>): About {
  const set = run.host['imageSet'];
  const name = typeof set === 'object' && set !== null && 'name' in set ? set.name : undefined;
  if (typeof name !== 'string')
    return {
      kind: 'unknown',
      imageSet: undefined,
      text: 'Evidence about the images named here; the record names no image set.',
    };
  if (ownSets.has(name))
    return {
      kind: 'harness',
      imageSet: name,
      text: `Evidence about the harness: the images are those of the reference device (image set ${name}), which is no product.`,
    };
  return {
    kind: 'product',
    imageSet: name,
    text: `Evidence about the product whose images are the image set ${name}.`,
  };
}
