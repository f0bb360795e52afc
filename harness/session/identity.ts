import { randomBytes } from 'node:crypto';
import type { DeviceIdentity, InjectedFile } from '../device/target.ts';
import { makeSshKey } from '../device/ssh-key.ts';

/** What tells this clone from every other: fresh for every provisioning. */
export function makeIdentity(bench: string): DeviceIdentity {
  const host = makeSshKey(`host ${bench}`);
  const client = makeSshKey('bootproof');
  return {
    machineId: randomBytes(16).toString('hex'),
    hostPrivateKey: host.privateKey,
    hostPublicKey: host.publicKey,
    clientPrivateKey: client.privateKey,
    authorizedKey: client.publicKey,
  };
}

/** Local changes to /etc of a deployment: they are the device's own, and have to survive every update. Relative to /etc. */
export const identityFiles = [
  'machine-id',
  'ssh/ssh_host_ed25519_key',
  'ssh/authorized_keys.d/root',
  'ostree/trusted.gpg',
] as const;

/** Puts the identity into each deployment of a disk's root file system. */
export function identityInjection(
  identity: DeviceIdentity,
  trustedKey: Buffer,
  stateroot: string,
  commits: readonly string[],
): InjectedFile[] {
  const files: [string, Buffer | string, number][] = [
    [identityFiles[0], `${identity.machineId}\n`, 0o444],
    [identityFiles[1], identity.hostPrivateKey, 0o600],
    [identityFiles[2], `${identity.authorizedKey}\n`, 0o644],
    [identityFiles[3], trustedKey, 0o644],
  ];
  return commits.flatMap((commit) =>
    files.map(([path, content, mode]) => ({
      label: 'root',
      path: `/ostree/deploy/${stateroot}/deploy/${commit}.0/etc/${path}`,
      content,
      mode,
    })),
  );
}
