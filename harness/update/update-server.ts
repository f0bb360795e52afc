import type { RegistryFault } from './registry-fault.ts';
import type { RepositoryFault, RepositoryTraffic } from './repository-server.ts';
import type { UpdateClient } from './update-client.ts';

/** What a device fetches its updates from: an ostree repository or an image registry on this host's loopback. */
export interface UpdateServer {
  readonly port: number;
  readonly traffic: RepositoryTraffic;
  /** How often the fault took effect: 0 means that nothing was interrupted. */
  readonly faultHits: number;
  /** From now on `bootproof/stable` is this channel, as the image source names it. */
  use(channel: string): void;
  /** From now on; undefined: works again. A fault that this kind of server does not know is never hit. */
  fail(fault: RepositoryFault | RegistryFault | undefined): void;
  /** Resolves when `count` more objects than now were asked for (a registry: parts of 64 KiB sent). */
  objectsServed(count: number, signal: AbortSignal): Promise<void>;
  /** Absent: it has no layers. undefined: no image was asked for since the last call. */
  takeLayers?(): LayerTraffic | undefined;
  /** Is there an image of this name? Absent: it has no images that a device must refuse. */
  offers?(tag: string): Promise<boolean>;
  close(): Promise<void>;
}

/** Layers of the image that was asked for last. */
export interface LayerTraffic {
  /** Asked for, in part or whole. */
  readonly fetched: number;
  /** Not asked for: the device has them. */
  readonly reused: number;
}

/** What a server served for one transition. */
export interface Served extends RepositoryTraffic {
  readonly layers?: LayerTraffic;
}

/** A file that a device needs to reach a server, relative to /etc. */
export interface AccessFile {
  readonly path: string;
  readonly content: string;
  /** Octal permission bits. */
  readonly mode: number;
}

/** Where updates come from and what fetches them, for image sets that are not an ostree repository over HTTP. */
export interface UpdateService {
  readonly client: UpdateClient;
  /** Serves the set's updates: once for each bench. */
  start(): Promise<StartedService>;
}

/** An image that was copied to another repository by the tools of who releases it, with its digests before and after. */
export interface Copied {
  readonly original: string;
  readonly copy: string;
}

export interface StartedService {
  readonly server: UpdateServer;
  /** Copies an image of the set to `repository`, under its own name as tag; absent: the server takes none. */
  copy?(image: string, repository: string, through: 'oci-archive' | undefined): Promise<Copied>;
  /** `address`: HOST:PORT of the server as the device reaches it. */
  accessFiles(address: string): readonly AccessFile[];
  /** Values that must not reach a record. */
  readonly secrets: readonly string[];
}
