import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Target } from '../device/target.ts';
import type { CaseFactory, CaseRequest } from '../run/case.ts';
import { CapabilityError } from '../errors/harness-error.ts';
import type { Images } from '../scenario/api.ts';
import { ostreeClient } from '../update/ostree-client.ts';
import { RepositoryServer } from '../update/repository-server.ts';
import { DeviceSession } from './device-session.ts';
import type { ImageSource } from './image-source.ts';
import { RecordingStore } from './recording-store.ts';
import { ScenarioDevice } from './scenario-device.ts';

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
  const sessionOf = async (request: CaseRequest, used: Target): Promise<DeviceSession> => {
    const scratch = await mkdtemp(join(scratchParent, 'case-'));
    server.fail(undefined);
    return new DeviceSession({ target: used, images, client: ostreeClient, server, recordings, request, scratch });
  };
  const end = async (session: DeviceSession): Promise<void> => {
    const { request, scratch } = session.environment;
    try {
      await session.close();
    } finally {
      await target.power.off(request.deadline).catch(() => undefined);
      await rm(scratch, { recursive: true, force: true });
    }
  };
  return {
    async open(request) {
      const session = await sessionOf(request, adapted(target, request.spec.adapter, adapters));
      const needed = new Set(['v1', 'v2', ...session.start, ...(request.spec.uses ?? [])]);
      await session.controls.prepare([...needed].filter((name) => images.names.includes(name)));
      return {
        context: { device: new ScenarioDevice(session), images: refsOf(images.names) },
        findings: () => session.findings,
        close: () => end(session),
      };
    },
    async proveBench(request) {
      const session = await sessionOf({ ...request, spec: { ...request.spec, start: ['v1'] } }, target);
      try {
        await session.steps.run('known-good boot', async () => {
          await session.provision();
          await session.powerOn();
        });
      } finally {
        await end(session);
      }
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
