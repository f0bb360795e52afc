import type { LossModel } from '../device/power.ts';
import type { Manifest, Observation, SystemView } from '../observe/observation.ts';

/** What an image promises and holds: made when the image is built or declared, kept with the record so that a judge needs no device. */
export interface ImageExpectation {
  /** v1, v2 ... */
  readonly name: string;
  /** OSTree commit, hex. */
  readonly commit: string;
  readonly version: string;
  readonly kernelRelease: string;
  readonly kernelBuildId?: string;
  /** sha256 of the kernel and initramfs as shipped in /usr/lib/modules. */
  readonly linuxSha256: string;
  readonly initrdSha256: string;
  /** /usr/etc of the image. */
  readonly defaultEtc: Manifest;
  readonly etcPolicy: 'merge' | 'transient';
  /** It is sealed: the composefs image that its root is, by fs-verity digest (hex), with fs-verity asked of every file or not. Absent: it is not. */
  readonly seal?: { readonly composefs: string; readonly verity: boolean } | undefined;
  readonly rollback: 'none' | { readonly kind: 'grub' | 'uboot' | 'bls' | 'aboot'; readonly attempts: number };
}

export type TransitionKind =
  'switch' | 'update' | 'rollback' | 'automatic-rollback' | 'reboot' | 'stage-only' | 'no-update';

/**
 * Where the fault hit, seen from the one instant that decides: the commit, which is the write that makes the boot loader pick the new entry.
 * `none`: no fault, or one that left the update to run to its end.
 */
export type CommitPosition = 'none' | 'before-commit' | 'commit-issued' | 'commit-flushed';

export interface FaultOutcome {
  /** client-kill, reset, power-cut, repository-gone, disk-full ... */
  readonly kind: string;
  readonly phaseAsked: string;
  /** The phase that was measured; `undefined`: the fault was not shown to have taken effect. */
  readonly phaseHit: string | undefined;
  readonly position: CommitPosition;
  readonly lossModel?: LossModel;
}

/** A file in /var that the harness wrote, with what it knows to be durable. */
export interface Canary {
  /** Relative to /var/lib/bootproof-canary. */
  readonly path: string;
  readonly entry: Manifest[string];
  /** True: its acknowledgement left the guest after fsync of the file and of its parent. */
  readonly acknowledged: boolean;
}

/** Everything that oracles 1 to 11 look at: pure data, taken from the record. */
export interface Transition {
  readonly kind: TransitionKind;
  /** The system before: images by role. */
  readonly from: ImageExpectation;
  /** The system asked for; the same as `from` for a reboot. */
  readonly to: ImageExpectation;
  readonly before: Observation;
  /** Taken with the update staged, before the reboot; absent where nothing was staged or the device was cut. */
  readonly staged?: Observation;
  readonly after: Observation;
  /** The disk between cut and boot; absent where it could not be read. */
  readonly offline?: {
    readonly firmware: SystemView;
    readonly kernel: SystemView;
    /**
     * The deployment (`STATEROOT/CSUM.SERIAL`) that the `ostree=` path of the entry picked in the firmware's view leads to in the kernel's view;
     * null: nowhere. Absent: not looked up, and worked out from the two views as far as they go.
     */
    readonly pickedResolvesTo?: string | null;
  };
  readonly fault?: FaultOutcome;
  /** True: an update was staged and its finalize is known not to have run (a stage lives in /run: a cut drops it). */
  readonly stageDropped: boolean;
  /** /etc of the deployment that a rollback returns to, as it was when that deployment was left. Absent: nobody saw it, and it is not judged. */
  readonly rollbackEtc?: Manifest;
  /** True: a completed update must leave nothing of the one before (oracle 4). */
  readonly completed: boolean;
  readonly canaries: readonly Canary[];
  /** Generation counter in the canaries before: /var must not go back behind it. */
  readonly generation: number;
  /** What this image's own boots write, from a control run without update and fault: paths (each with what lies below it; `x*`: all that begin with x) relative to /etc and /var. */
  readonly control: {
    readonly etcWritten: readonly string[];
    readonly varWritten: readonly string[];
    readonly failedUnits: readonly string[];
    readonly kernelProblems: readonly string[];
  };
  /** Kernel arguments that were set on the device and must survive. */
  readonly localKargs: readonly string[];
  /** Console health findings since `before`, by name of the rule: `oops`, `panic`, `remount-ro`, `unexpected-reset`. */
  readonly consoleProblems: readonly { readonly rule: string; readonly line: string; readonly expected: boolean }[];
  /** e2fsck's words for what it would still repair after replay, allowed corrections left out; empty: clean. */
  readonly fsckProblems: readonly string[];
  /** Exit status and what the client said; judged against the state, never alone. */
  readonly client?: { readonly exitCode: number | null; readonly saidSuccess: boolean };
  /** Boots of the new system between `before` and `after`, counted on the console, and the attempts granted. */
  readonly attempts?: { readonly used: number; readonly granted: number };
}
