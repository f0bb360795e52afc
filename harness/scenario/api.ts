import type { Capability } from '../device/capability.ts';
import type { LossModel } from '../device/power.ts';
import type { Finding } from '../judge/finding.ts';
import type { Transition } from '../judge/transition.ts';
import type { Observation } from '../observe/observation.ts';
import type { VerdictKind } from '../record/event.ts';
import type { RegistryFailure } from '../update/registry-fault.ts';
import type { Served } from '../update/update-server.ts';

export type Phase =
  | 'resolve'
  | 'pull'
  | 'import'
  | 'stage'
  | 'finalize'
  | 'boot-swap'
  | 'reboot'
  | 'first-boot'
  | 'boot-complete'
  | 'cleanup';

/** An image of the image set in use, by its role: v1, v2, v2b, v3, v4, or a broken one's name. */
export interface ImageRef {
  readonly name: string;
  /** Repository of the registry that a copy of it is in; absent: the set's own. */
  readonly repository?: string;
}

/** A copy of an image, to be switched to, with the digests that the original and the copy have. */
export interface ImageCopy extends Required<ImageRef> {
  readonly digests: { readonly original: string; readonly copy: string };
}

/** The registry that the device updates from, for who releases images. */
export interface Registry {
  /** By skopeo, to another repository, at once or `through` a file. An update client without a registry makes the case not applicable. */
  copy(image: ImageRef, to: { readonly repository: string; readonly through?: 'oci-archive' }): Promise<ImageCopy>;
}

/** What goes wrong, and when. Made by the functions of harness/fault; a scenario only passes it on. */
export interface Fault {
  readonly kind:
    | 'power-cut'
    | 'reset'
    | 'client-kill'
    | 'repository-gone'
    | 'corrupt-object'
    | 'wrong-signature'
    | 'wrong-seal'
    | 'disk-full'
    | 'network-down'
    | 'registry';
  readonly at: Phase;
  /** Reset, cut: which form. `recorded`: rebuilt from the block log, `live`: the process is killed during the update. */
  readonly form?: 'recorded' | 'live';
  /**
   * A recorded cut: where in the phase, instead of where the seed says. `before-commit`: as the commit is issued, with all lost that
   * was not flushed before it. What the new entry needs has to be durable by then, and what the old one needs has to be there still.
   */
  readonly aim?: 'before-commit';
  /** Of kind `registry`: how it fails. */
  readonly registry?: RegistryFailure;
}

export interface TransitionOutcome {
  readonly transition: Transition;
  readonly findings: readonly Finding[];
  /** Name of the image that runs now, or `neither`. */
  readonly running: string;
  readonly lossModel: LossModel | undefined;
  /** What the repository or registry served since the transition before. */
  readonly served: Served;
}

export interface TransitionOptions {
  readonly fault?: Fault;
  /** Stay on the running system after staging, without a reboot. */
  readonly stageOnly?: boolean;
  /** Kernel arguments to set with the deployment. */
  readonly kargs?: readonly string[];
}

/** An update that the device's own timer begins while somebody asks for something else: one of the two is what runs in the end. */
export interface Racing {
  /** What the reference that the device follows has moved to. */
  readonly timer: ImageRef;
  /** Who begins. The other one comes in the middle of the first one's pull, or at once where the first pulls nothing. */
  readonly first: 'timer' | 'command';
}

export interface SwitchOptions extends TransitionOptions {
  /** Without a fault, and without `stageOnly`. */
  readonly racing?: Racing;
}

export interface RollbackOptions extends SwitchOptions {
  readonly to?: ImageRef;
}

/** What a scenario does to a device. Every transition is observed before and after, and judged by all oracles, without being asked. */
export interface Device {
  /** Follows another reference. */
  switch(image: ImageRef, options?: SwitchOptions): Promise<TransitionOutcome>;
  /** The reference in use has moved to `image`. */
  update(image: ImageRef, options?: TransitionOptions): Promise<TransitionOutcome>;
  /** Boots the system before, or another one that is still there: `to`. */
  rollback(options?: RollbackOptions): Promise<TransitionOutcome>;
  reboot(): Promise<TransitionOutcome>;
  /** Oracle 9: the update can be completed from here, and rollback boots from here. */
  checkRecovery(image: ImageRef): Promise<void>;
  /** All that can be seen of the running system, as the oracles see it. */
  look(): Promise<Observation>;
  /** A fresh disk with these images, the last one booted; everything on the one before is gone. */
  reinstall(...images: ImageRef[]): Promise<void>;
  /** Permits changes to /usr until the reboot, as the update client does it; an image that permits none makes the case not applicable. */
  unlockUsr(): Promise<void>;
  /** Files on the running device, for the scenarios about /etc and /var. */
  writeFile(path: string, content: string, mode?: number): Promise<void>;
  readFile(path: string): Promise<string | undefined>;
  remove(path: string): Promise<void>;
  /**
   * One bit of the file's first byte on the storage beneath its file system, and the caches dropped: what a failing disk, or somebody at it, does. The file is one that
   * nothing on the device has open.
   */
  flipBit(path: string): Promise<void>;
  /** One command by argv; the result is in the record. */
  run(...argv: string[]): Promise<{ exitCode: number | null; stdout: string; stderr: string }>;
}

/** The roles that every image set has names for; a set may have more. Asking for one that it lacks makes the case not applicable. */
export type Images = Readonly<Record<'v1' | 'v2' | 'v2b' | 'v3' | 'v4', ImageRef>> & Readonly<Record<string, ImageRef>>;

export interface ScenarioContext {
  readonly device: Device;
  readonly images: Images;
  readonly registry: Registry;
}

export interface ScenarioSpec {
  /** Path-like, unique: `interrupted/boot-swap`. */
  readonly id: string;
  readonly title: string;
  /** Ids in scenarios/requirements.yaml; at least one. */
  readonly requirements: readonly string[];
  readonly needs?: readonly Capability[];
  /** The update client that this is about; with any other the case is not applicable. */
  readonly client?: 'bootc' | 'ostree';
  /** Each repetition is a case of its own, `id#1` to `id#n`. Default 1. */
  readonly repeat?: number;
  /** Backstop of the whole case, milliseconds; default: the run's. */
  readonly budgetMs?: number;
  /** State that the device starts in: image names, the booted one last. Default ['v1']. */
  readonly start?: readonly string[];
  /** Images beyond v1 and v2 that the device runs on the way: built, and their own boots measured, before the case. */
  readonly uses?: readonly string[];
  /** An adapter that is broken on purpose, by name, in place of the bench's own. Only for a negative. */
  readonly adapter?: string;
  /**
   * A broken image or adapter: the verdict and the exact finding codes that it must give. `orCodes`: other sets of them, each exact, where what is broken leaves it
   * to the device how it shows.
   */
  readonly negative?: {
    readonly verdict: VerdictKind;
    readonly codes: readonly string[];
    readonly orCodes?: readonly (readonly string[])[];
  };
}
