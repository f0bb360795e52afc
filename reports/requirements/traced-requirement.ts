/** A requirement with the scenarios that speak about it. */
export interface TracedRequirement {
  readonly id: string;
  readonly text: string;
  readonly source: string;
  /** Why no scenario does. */
  readonly reason?: string | undefined;
  readonly scenarios: readonly { readonly id: string; readonly title: string }[];
}
