/** What a registry, or the way to it, does wrong. `afterObjects`: parts of 64 KiB that it has sent before it begins. */
export type RegistryFault =
  /** Asks for other credentials than the device has. */
  | { readonly kind: 'credentials-refused' }
  /** Takes the credentials, and no longer takes them in the middle of the pull. */
  | { readonly kind: 'credentials-expire'; readonly afterObjects: number }
  /** Shows a certificate of a CA that the device does not trust. */
  | { readonly kind: 'unknown-ca' }
  /** Accepts connections and ends them. */
  | { readonly kind: 'registry-down' }
  /** A blob ends early, and its length says that this is all of it. */
  | { readonly kind: 'truncated-blob' }
  | { readonly kind: 'slow-link'; readonly bytesPerSecond: number; readonly latencyMs: number }
  /** The tag names another image as soon as its manifest was fetched once. */
  | { readonly kind: 'tag-moves'; readonly to: string }
  /** The tag names an image that no device may install. */
  | { readonly kind: 'bad-image'; readonly tag: string };

/** Images that a tag names by mistake: no device may install them, the last two where its policy wants a signature. */
export const badImages = ['no-kernel', 'other-architecture', 'unsigned', 'signed-by-another'] as const;

/** Failures as a scenario names them. */
export type RegistryFailure =
  | 'no-credentials'
  | (typeof badImages)[number]
  | 'registry-gone'
  | 'wrong-digest'
  | Exclude<RegistryFault['kind'], 'bad-image'>;
