import type { Target } from '../device/target.ts';
import type { CaseRequest } from '../run/case.ts';
import type { UpdateClient } from '../update/update-client.ts';
import type { UpdateServer } from '../update/update-server.ts';
import type { ImageSource } from './image-source.ts';
import type { RecordingStore } from './recording-store.ts';

/** What a device session is made of: one case on one bench. */
export interface SessionEnvironment {
  readonly target: Target;
  readonly images: ImageSource;
  readonly client: UpdateClient;
  readonly server: UpdateServer;
  readonly recordings: RecordingStore;
  readonly request: CaseRequest;
  /** Files in /etc, relative to it, that every disk gets so that the device reaches its server. */
  readonly accessPaths: () => readonly string[];
  /** For disks that are rebuilt, and for the console: this case's own, removed by the factory. */
  readonly scratch: string;
}
