import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Target } from '../device/target.ts';
import type { CaseFactory } from '../run/case.ts';
import { CapabilityError } from '../errors/harness-error.ts';
import type { Images } from '../scenario/api.ts';
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
  /** Adapters that are broken on purpose, for negatives, by the name that a scenario uses. */
  readonly adapters?: Readonly<Record<string, (target: Target) => Target>>;
}

/** Opens cases on one bench: a repository server for the bench, a session for each case. */
export async function createCaseFactory({
  target,
  images,
  runDir,
  scratchParent = tmpdir(),
  adapters = {},
}: FactorySettings): Promise<CaseFactory> {
  const server = await RepositoryServer.start(images.repository.objects);
  const recordings = new RecordingStore(join(runDir, 'recordings'));
  return {
    async open(request) {
      const used = adapted(target, request.spec.adapter, adapters);
      const scratch = await mkdtemp(join(scratchParent, 'case-'));
      server.fail(undefined);
      const session = new DeviceSession({
        target: used,
        images,
        client: ostreeClient,
        server,
        recordings,
        request,
        scratch,
      });
      const { uses = [] } = request.spec;
      await session.prepareControls(['v1', 'v2', ...uses].filter((name) => images.names.includes(name)));
      return {
        context: { device: session, images: refsOf(images.names) },
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

function adapted(target: Target, name: string | undefined, adapters: FactorySettings['adapters'] = {}): Target {
  if (name === undefined) return target;
  const adapt = Object.hasOwn(adapters, name) ? adapters[name] : undefined;
  if (adapt) return adapt(target);
  throw new CapabilityError(`No adapter broken in this way: ${name}`, {
    code: 'no-such-adapter',
    hint: `there are ${Object.keys(adapters).join(', ')}`,
  });
}

function refsOf(names: readonly string[]): Images {
  return new Proxy(Object.fromEntries(names.map((name) => [name, { name }])) as Images, {
    get(known, name) {
      if (typeof name !== 'string' || name in known) return Reflect.get(known, name) as unknown;
      throw new CapabilityError(`Not in the image set: image ${name}`, {
        code: 'no-such-image',
        hint: `it has ${names.join(', ')}`,
      });
    },
  });
}
