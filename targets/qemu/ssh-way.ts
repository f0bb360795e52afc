import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AttachWay, DeviceIdentity } from '../../harness/device/target.ts';

/** The command by which a person logs in on a forwarded port, as the harness does: its key, and the host key pinned. */
export async function sshWay(
  directory: string,
  port: number,
  { clientPrivateKey, hostPublicKey }: Pick<DeviceIdentity, 'clientPrivateKey' | 'hostPublicKey'>,
): Promise<AttachWay> {
  const [key, hosts] = [join(directory, 'id_ed25519'), join(directory, 'known_hosts')];
  await writeFile(key, clientPrivateKey, { mode: 0o600 });
  await writeFile(hosts, `[127.0.0.1]:${port} ${hostPublicKey}\n`);
  const options = `-i ${key} -o IdentitiesOnly=yes -o UserKnownHostsFile=${hosts}`;
  return { name: 'ssh', command: `ssh ${options} -p ${port} root@127.0.0.1` };
}
