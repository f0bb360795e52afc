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

/** Failures as a scenario names them; `no-kernel` and `other-architecture` are images that the tag names by mistake. */
export type RegistryFailure =
  | 'no-credentials'
  | 'no-kernel'
  | 'other-architecture'
  | 'registry-gone'
  | 'wrong-digest'
  | Exclude<RegistryFault['kind'], 'bad-image'>;
