import type { Capability } from './capability.ts';
import type { ConsolePort } from './console.ts';
import type { Deadline } from './deadline.ts';
import type { BlockDevice, Recording } from './disk.ts';
import type { Power } from './power.ts';
import type { Shell } from './shell.ts';

/** What tells this clone of an image from every other: written to the disk at provisioning, checked at every connection. */
export interface DeviceIdentity {
  /** 32 hex digits. */
  readonly machineId: string;
  /** OpenSSH private key, ed25519. */
  readonly hostPrivateKey: string;
  /** `ssh-ed25519 AAAA...` */
  readonly hostPublicKey: string;
  /** `ssh-ed25519 AAAA...` that may log in as root. */
  readonly authorizedKey: string;
  /** The private half, for the harness. */
  readonly clientPrivateKey: string;
}

export interface ProvisionRequest {
  /** Raw disk image that is never written: it is copied or overlaid. */
  readonly disk: string;
  /** Kept when the disk already carries it (a rebuilt crash state). */
  readonly identity: DeviceIdentity;
  /** Paths and contents that make the disk carry `identity`, relative to the file system with this label; [] when it does already. */
  readonly inject: readonly InjectedFile[];
  /** Record every write from the next power-on. @needs disk.record */
  readonly record?: boolean;
}

export interface InjectedFile {
  readonly label: string;
  readonly path: string;
  readonly content: string | Buffer;
  /** Octal permission bits. */
  readonly mode: number;
}

/** `ssh`, and the command line to type. */
export interface AttachWay {
  readonly name: string;
  readonly command: string;
}

/** A bench made controllable. One instance is one bench; a method never runs twice at once. */
export interface Target {
  /** The bench's name, as in its file. */
  readonly name: string;
  readonly kind: string;
  readonly capabilities: ReadonlySet<Capability>;
  readonly lossModel: 'memory' | 'memory+cache' | 'real';
  readonly power: Power;
  /** The console across all power cycles since `provision`. */
  readonly console: ConsolePort;

  /** Takes the bench for this process. @throws BenchError `bench-busy` naming the owner. */
  acquire(deadline: Deadline): Promise<void>;
  /** Puts a disk in place. The device is off afterwards. */
  provision(request: ProvisionRequest, deadline: Deadline): Promise<void>;
  /** Waits for a login that answers a fresh nonce under the pinned host key. @throws DeadlineError, BenchError `host-key-changed`. */
  connect(deadline: Deadline): Promise<Shell>;
  /** Reads the disk that nobody runs. @needs disk.offline. @throws BenchError `device-running`. */
  openDisk(): Promise<BlockDevice>;
  /** Ends the recording of this provisioning. The device is off. @needs disk.record */
  recording(): Promise<Recording>;
  /** Cuts or restores the device's network. @needs network.cut */
  network(state: 'up' | 'down', deadline: Deadline): Promise<void>;
  /** The address at which the device reaches a server on this host's loopback port. */
  hostAddress(port: number): string;
  /**
   * Ways for a person to get at the running device, for one that is held at the end of a case; files that a command needs are put into
   * `directory`. Absent: none but the console.
   */
  attach?(directory: string): Promise<readonly AttachWay[]>;
  /** Device off, processes reaped, files kept as `keep` says. Safe to call twice. */
  release(options: { keep: boolean }): Promise<void>;
  /** Facts for the record: versions, accelerator, command line (no secrets). */
  describe(): Promise<Record<string, unknown>>;
}
