import type { Manifest } from '../observe/observation.ts';
import type { ImageExpectation } from '../judge/transition.ts';
import type { UpdateService } from '../update/update-server.ts';

/** One image as a session uses it. */
export interface SessionImage extends ImageExpectation {
  /** Everything below /usr, for comparison. */
  readonly usr: Manifest;
  /** Why it never gets healthy, so that an update to it must roll back by itself; undefined: it does. */
  readonly unhealthy: string | undefined;
  /** False: it says that it does not come back by itself. Default true, so that to forget it is to be held to it. */
  readonly promisesRollback?: boolean | undefined;
  /** It makes its machine id and SSH host key at its first boot, and tells the key on the console. */
  readonly ownIdentity?: boolean | undefined;
  /** The image whose boots are the control of this one: the good image of which this is a broken copy, since the copy's own boots would excuse what is broken, or one that boots in the same way. */
  readonly twin?: string;
}

/** Where a session gets images, disks and updates from: a built set, or a declared one. */
export interface ImageSource {
  readonly stateroot: string;
  readonly names: readonly string[];
  /** Facts for the record: digests by image. */
  readonly digests: Readonly<Record<string, string>>;
  image(name: string): Promise<SessionImage>;
  /** A raw disk with these images deployed, the last one booted; never written. */
  disk(names: readonly string[]): Promise<string>;
  readonly repository: {
    /** An archive repository's folder. */
    readonly objects: string;
    /** Summary, signature and refs in which `bootproof/stable` is this image. */
    channel(name: string): string;
    /** Public key file that the device trusts. */
    readonly trustedKey: string;
  };
  /** Absent: plain ostree from `repository`. Present: `channel` names what its server is to put in use. */
  readonly updates?: UpdateService;
  /** Folder for what is measured once for these images (control runs). */
  readonly cache: string;
}
