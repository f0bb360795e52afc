import { CapabilityError, ProductError } from '../errors/harness-error.ts';
import type { Fault } from '../scenario/api.ts';
import { badImages, type RegistryFailure, type RegistryFault } from '../update/registry-fault.ts';
import type { RepositoryFault } from '../update/repository-server.ts';
import type { ClientResult } from '../update/update-client.ts';
import type { DeviceSession } from './device-session.ts';
import { objectsIntoPull, outcome, withoutEffect, type Disturbed } from './fault-trigger.ts';

/** Where bootc looks for credentials (containers-auth.json, ostree-ext's globals.rs). */
const authFile = '/etc/ostree/auth.json';

/** A few hundred kbit/s would be a modem; this makes a pull of 40 MB half a minute longer. */
const slowLink = { kind: 'slow-link', bytesPerSecond: 1024 * 1024, latencyMs: 300 } as const;

const onServer: Readonly<Record<Exclude<RegistryFailure, 'no-credentials'>, RegistryFault | RepositoryFault>> = {
  'credentials-refused': { kind: 'credentials-refused' },
  'credentials-expire': { kind: 'credentials-expire', afterObjects: 1 },
  'unknown-ca': { kind: 'unknown-ca' },
  'registry-down': { kind: 'registry-down' },
  'registry-gone': { kind: 'gone', afterObjects: objectsIntoPull },
  'wrong-digest': { kind: 'corrupt-object', afterObjects: objectsIntoPull },
  'truncated-blob': { kind: 'truncated-blob' },
  'slow-link': slowLink,
  'tag-moves': { kind: 'tag-moves', to: 'v2b' },
  'no-kernel': { kind: 'bad-image', tag: 'no-kernel' },
  'other-architecture': { kind: 'bad-image', tag: 'other-architecture' },
  unsigned: { kind: 'bad-image', tag: 'unsigned' },
  'signed-by-another': { kind: 'bad-image', tag: 'signed-by-another' },
};

/** What a client must live with: the update ends in what the tag named when it was resolved. */
const bearable: ReadonlySet<RegistryFailure> = new Set<RegistryFailure>(['slow-link', 'tag-moves']);

/** Runs the client while its registry fails, and shows that it did. @throws BenchError `fault-without-effect`, CapabilityError `no-such-image`. */
export async function disturbRegistry(
  session: DeviceSession,
  fault: Fault,
  stage: () => Promise<ClientResult>,
): Promise<Disturbed> {
  const failure = fault.registry!;
  const { server } = session.environment;
  await refuseMissing(session, failure);
  const { client, hits } =
    failure === 'no-credentials' ? await withoutCredentials(session, stage) : await whileServerFails();
  if (hits === 0) throw withoutEffect(fault, `${failure}: the registry never did it`);
  session.steps.note('fault', { kind: fault.kind, failure, hits, exitCode: client.exitCode });
  const position = bearable.has(failure) ? 'none' : 'before-commit';
  return { client, rebooted: false, outcome: { ...outcome(fault, fault.at, position), kind: `registry-${failure}` } };

  async function whileServerFails(): Promise<{ client: ClientResult; hits: number }> {
    server.fail(onServer[failure as keyof typeof onServer]);
    try {
      return { client: await stage(), hits: server.faultHits };
    } finally {
      server.fail(undefined);
    }
  }
}

/** Images that must be refused are made with a set; images of one's own come without. */
async function refuseMissing({ environment: { server } }: DeviceSession, failure: RegistryFailure): Promise<void> {
  const needed = badImages.find((name) => name === failure);
  if (needed === undefined || (await server.offers?.(needed))) return;
  throw new CapabilityError(`Not in the image set: an image that must be refused, ${needed}`, {
    code: 'no-such-image',
    hint: 'the set that `images build --bootc PATH` makes has it',
  });
}

/** The device's credentials are put aside, in memory, and back again: /etc is as it was when the update is judged. */
async function withoutCredentials(
  session: DeviceSession,
  stage: () => Promise<ClientResult>,
): Promise<{ client: ClientResult; hits: number }> {
  const { shell } = session.device.current;
  const move = async (...argv: [string, string]): Promise<void> => {
    const { exitCode } = await shell.run(['cp', '-p', ...argv], { deadline: session.limit('canaries') });
    if (exitCode !== 0) throw new ProductError(`Could not be copied: ${argv[0]}`, { code: 'credentials-not-moved' });
  };
  const aside = '/run/bootproof-auth.json';
  const { bytes } = session.environment.server.traffic;
  await move(authFile, aside);
  await shell.run(['rm', authFile], { deadline: session.limit('canaries') });
  const client = await stage();
  await move(aside, authFile);
  return { client, hits: Number(session.environment.server.traffic.bytes === bytes) };
}
