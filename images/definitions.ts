/** The images of the reference device. Each names the kernel (the suite's two newest), and what is laid over the common tree. */
export interface ImageDefinition {
  readonly kernel: 'a' | 'b';
  /**
   * What it says that it is, where that is not its name: a rebuild under the version of another. ostree leaves the boot loader's entries alone only
   * where kernel, arguments, number and version of the deployments stay the same (deployment_bootconfigs_equal in ostree-sysroot-deploy.c).
   */
  readonly version?: string;
  /** Folders of images/reference/overlay, the last one wins. */
  readonly overlays: readonly string[];
  /** Shell fragment of images/reference that the initramfs runs first. */
  readonly early?: string;
  readonly etcPolicy?: 'transient';
  /** Why it never gets healthy, so that it must roll back by itself. */
  readonly unhealthy?: string;
}

export const definitions: Readonly<Record<string, ImageDefinition>> = {
  v1: { kernel: 'a', overlays: ['v1'] },
  v2: { kernel: 'b', overlays: ['next', 'v2'] },
  v2b: { kernel: 'b', version: 'v2', overlays: ['next', 'v2b'] },
  v3: { kernel: 'b', version: 'v2', overlays: ['next', 'v3'], unhealthy: 'a required check fails' },
  v4: { kernel: 'b', overlays: ['next', 'v4'], early: 'initramfs/panic.early', unhealthy: 'the kernel panics' },
};

/** A good image with ONE change, its name, version and labels kept: what it breaks must be noticed, and its twin must have no finding. */
export interface NegativeDefinition {
  readonly twin: string;
  readonly change: string;
  /**
   * Files beside the overlay images/negatives/overlay/NAME: where they are put, and where they come from, IMAGE:PATH or a file
   * that the builder makes. KERNEL stands for the image's kernel release.
   */
  readonly files?: Readonly<Record<string, string>>;
}

export const negatives: Readonly<Record<string, NegativeDefinition>> = {
  'v1-client-lies': {
    twin: 'v1',
    change: 'the client says that it has deployed, and does nothing',
    files: { 'usr/libexec/bootproof/ostree': 'v1:usr/bin/ostree' },
  },
  'v1-never-syncs': {
    twin: 'v1',
    change: 'the client makes nothing durable',
    files: {
      'usr/libexec/bootproof/ostree': 'v1:usr/bin/ostree',
      'usr/libexec/bootproof/never-syncs.so': 'never-syncs.so',
    },
  },
  'v1-never-applied': { twin: 'v1', change: 'a staged update is never finalized, and nobody says so' },
  'v2-var-lost': { twin: 'v2', change: '/var is not mounted from the stateroot' },
  'v2-overwrites-etc': { twin: 'v2', change: 'a service puts its own content over a local file in /etc' },
  'v2-crossed-kernel': {
    twin: 'v2',
    change: 'kernel and initramfs are those of v1',
    files: {
      'usr/lib/modules/KERNEL/vmlinuz': 'v1:usr/lib/modules/KERNEL/vmlinuz',
      'usr/lib/modules/KERNEL/initramfs.img': 'v1:usr/lib/modules/KERNEL/initramfs.img',
    },
  },
};

/** A good image that is another one but for what a scenario is about; built when a case that names it is planned. */
export interface VariantDefinition {
  readonly base: string;
  readonly change: string;
  /** Script of images/variants that changes the tree, before the overlay images/variants/overlay/NAME is laid over it. */
  readonly shape?: string;
  readonly etcPolicy?: 'transient';
  /** It makes its machine id and SSH host key at the first boot. */
  readonly ownIdentity?: true;
  /** Its channel has a static delta from this image. */
  readonly deltaFrom?: string;
  /** Its own boots are like those of this image; absent: they are measured. */
  readonly bootsLike?: string;
}

export const variants: Readonly<Record<string, VariantDefinition>> = {
  v1t: { base: 'v1', change: '/etc is transient', shape: 'transient.sh', etcPolicy: 'transient' },
  v2t: { base: 'v2', change: '/etc is transient', shape: 'transient.sh', etcPolicy: 'transient' },
  'v1-untuned': {
    base: 'v1',
    change: 'boots as Debian does, and makes its own identity',
    shape: 'untuned.sh',
    ownIdentity: true,
    bootsLike: 'v1',
  },
  'v2-etc': { base: 'v2', change: 'more defaults in /etc are others than in v1', bootsLike: 'v2' },
  'v2-delta': { base: 'v2', change: 'comes as a static delta from v2', deltaFrom: 'v2', bootsLike: 'v2' },
};
