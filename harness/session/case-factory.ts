import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Target } from '../device/target.ts';
import type { CaseFactory } from '../run/case.ts';
import { ostreeClient } from '../update/ostree-client.ts';
import { RepositoryServer } from '../update/repository-server.ts';
import { DeviceSession } from './device-session.ts';
import type { ImageSource } from './image-source.ts';
import { RecordingStore } from './recording-store.ts';

export interface FactorySettings {
  readonly target: Target;
  readonly images: ImageSource;
  readonly runDir: string;
  /** Where rebuilt disks lie: beside the bench's own, so that copies are cheap. */
  readonly scratchParent?: string;
}

/** Opens cases on one bench: a repository server for the bench, a session for each case. */
export async function createCaseFactory({
  target,
  images,
  runDir,
  scratchParent = tmpdir(),
}: FactorySettings): Promise<CaseFactory> {
  const server = await RepositoryServer.start(images.repository.objects);
  const recordings = new RecordingStore(join(runDir, 'recordings'));
  return {
    async open(request) {
      const scratch = await mkdtemp(join(scratchParent, 'case-'));
      server.fail(undefined);
      const session = new DeviceSession({ target, images, client: ostreeClient, server, recordings, request, scratch });
      await session.prepareControls(['v1', 'v2'].filter((name) => images.names.includes(name)));
      const refs = Object.fromEntries(images.names.map((name) => [name, { name }]));
      return {
        context: { device: session, images: refs },
        findings: () => session.findings,
        async close() {
          try {
            await session.close();
          } finally {
            await target.power.off(request.deadline).catch(() => undefined);
            await rm(scratch, { recursive: true, force: true });
          }
        },
      };
    },
    async release() {
      await server.close();
    },
  };
}
