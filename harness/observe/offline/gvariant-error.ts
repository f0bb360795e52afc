import { ProductError } from '../../errors/harness-error.ts';

/** Bytes that are not the normal form of the GVariant that they must be: a torn or foreign object. */
export class GVariantError extends ProductError {
  constructor(what: string) {
    super(`Malformed GVariant: ${what}`, { code: 'gvariant-malformed' });
  }
}
