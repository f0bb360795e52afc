/** The images of the reference device. Each names the kernel (the suite's two newest), and what is laid over the common tree. */
export interface ImageDefinition {
  readonly kernel: 'a' | 'b';
  /** Folders of images/reference/overlay, the last one wins. */
  readonly overlays: readonly string[];
  /** Shell fragment of images/reference that the initramfs runs first. */
  readonly early?: string;
  readonly etcPolicy?: 'transient';
  /** Why it never gets healthy, so that it must roll back by itself. */
  readonly unhealthy?: string;
  /** What is broken on purpose: ONE change to a good image, with its name, version and labels kept. */
  readonly negative?: string;
}

export const definitions: Readonly<Record<string, ImageDefinition>> = {
  v1: { kernel: 'a', overlays: ['v1'] },
  v2: { kernel: 'b', overlays: ['next', 'v2'] },
  v2b: { kernel: 'b', overlays: ['next', 'v2b'] },
  v3: { kernel: 'b', overlays: ['next', 'v3'], unhealthy: 'a required check fails' },
  v4: { kernel: 'b', overlays: ['next', 'v4'], early: 'initramfs/panic.early', unhealthy: 'the kernel panics' },
};
