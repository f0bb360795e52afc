import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Target } from '../device/target.ts';
import type { CaseFactory, CaseRequest } from '../run/case.ts';
import { CapabilityError } from '../errors/harness-error.ts';
import type { Images, Registry } from '../scenario/api.ts';
import { vocabulary } from '../record/vocabulary.ts';
import { withAccessFiles } from '../update/access-files.ts';
import { ostreeClient } from '../update/ostree-client.ts';
import { RepositoryServer } from '../update/repository-server.ts';
import type { StartedService } from '../update/update-server.ts';
import { DeviceSession } from './device-session.ts';
import type { ImageSource } from './image-source.ts';
import { RecordingStore } from './recording-store.ts';
import { notInSet } from './session-images.ts';
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
  const service = await (images.updates?.start() ?? repositoryOf(images));
  const { server, secrets, accessFiles } = service;
  const client = images.updates?.client ?? ostreeClient;
  const access = () => accessFiles(target.hostAddress(server.port));
  const equipped = withAccessFiles(target, access);
  const accessPaths = () => access().map(({ path }) => path);
  const recordings = new RecordingStore(join(runDir, 'recordings'));
  const sessionOf = async (request: CaseRequest, used: Target): Promise<DeviceSession> => {
    const scratch = await mkdtemp(join(scratchParent, 'case-'));
    server.fail(undefined);
    return new DeviceSession({ target: used, images, client, server, recordings, request, scratch, accessPaths });
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
    async open(given) {
      refuseOtherClient(given, client.name);
      const request = withoutSecrets(given, secrets);
      const session = await sessionOf(request, adapted(equipped, request.spec.adapter, adapters));
      const needed = new Set(['v1', 'v2', ...session.start, ...(request.spec.uses ?? [])]);
      await session.controls.prepare([...needed].filter((name) => images.names.includes(name)));
      return {
        context: {
          device: new ScenarioDevice(session),
          images: refsOf(images.names),
          registry: registryOf(session, service),
        },
        findings: () => session.findings,
        close: () => end(session),
      };
    },
    async proveBench(given) {
      const request = withoutSecrets(given, secrets);
      const session = await sessionOf({ ...request, spec: { ...request.spec, start: ['v1'] } }, equipped);
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

async function repositoryOf({ repository }: ImageSource): Promise<StartedService> {
  return { server: await RepositoryServer.start(repository.objects), secrets: [], accessFiles: () => [] };
}

/** Not tried on a device: a scenario about one client says nothing where another one updates. */
function refuseOtherClient({ spec }: CaseRequest, client: string): void {
  if (spec.client === undefined || spec.client === client) return;
  throw new CapabilityError(`${spec.client}: not shown, the image set in use updates by ${client}`, {
    code: 'other-client',
    hint: 'images build --bootc PATH makes a set for it, and run --images bootc uses that',
  });
}

/** Whatever a device prints of its credentials stays out of the record. */
function withoutSecrets(request: CaseRequest, secrets: readonly string[]): CaseRequest {
  const { redactor } = request.attachments;
  for (const secret of secrets) redactor.add(secret);
  return { ...request, emit: (payload) => request.emit(redactor.value(payload, vocabulary())) };
}

function registryOf({ steps }: DeviceSession, service: StartedService): Registry {
  return {
    async copy({ name }, { repository, through }) {
      if (!service.copy) {
        throw new CapabilityError('No registry: updates of the image set in use come from elsewhere', {
          code: 'no-registry',
        });
      }
      const copying = () => service.copy!(name, repository, through);
      const digests = await steps.run(`copy ${name} to ${repository}`, copying, (said) => ({ ...said, through }));
      return { name, repository, digests };
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
      throw notInSet(name, names);
    },
  });
}
