/** What catches a negative: finding codes, and other sets of them. */
export interface NegativeCodes {
  readonly codes: readonly string[];
  readonly orCodes?: readonly (readonly string[])[] | undefined;
}

/** Each set of finding codes that catches a negative, sorted: what is broken may show in more than one way, but in each exactly. */
export function codeSets({ codes, orCodes = [] }: NegativeCodes): string[][] {
  return [codes, ...orCodes].map((set) => [...new Set(set)].sort());
}

/** For a person. */
export function codeSetsText(sets: readonly (readonly string[])[]): string {
  return sets.map((set) => set.join(', ')).join('; or ');
}
