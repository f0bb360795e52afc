import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageSource } from '../../harness/session/image-source.ts';
import { bootcClient } from '../../harness/update/bootc-client.ts';
import { RegistryServer } from '../../harness/update/registry-server.ts';
import type { AccessFile, StartedService } from '../../harness/update/update-server.ts';
import type { BuiltImages } from '../image-set.ts';
import { BuilderRoot } from '../builder/builder-root.ts';
import { sourceOf } from '../image-source.ts';
import { registryReference, type BuiltBootcImages } from './bootc-images.ts';
import { copyImage } from './copied-image.ts';
import { OciLayout } from './oci-layout.ts';

const [registryHost = '', ownRepository = ''] = registryReference.split('/');

/** A built set of OCI images as sessions use it: updates come from a registry of the harness, by the device's own bootc. */
export function bootcImageSource(built: BuiltBootcImages, reference: BuiltImages): ImageSource {
  return {
    ...sourceOf(built),
    repository: { ...reference.repository, channel: (name) => name },
    updates: {
      client: bootcClient(referenceOf),
      start: () => startRegistry(built),
    },
  };
}

/** `bootproof/TAG` is in the set's own repository, `REPOSITORY/TAG` in another one of the same registry. */
function referenceOf(branch: string): string {
  const [, repository = '', tag = branch] = /^(.*)\/([^/]*)$/.exec(branch) ?? [];
  return `${registryHost}/${repository === 'bootproof' ? ownRepository : repository}:${tag}`;
}

async function startRegistry({ directory, layout, tls }: BuiltBootcImages): Promise<StartedService> {
  const pem = (name: string): Promise<string> => readFile(join(tls, name), 'utf8');
  const pair = async (name: string) => ({ key: await pem(`${name}.key`), certificate: await pem(`${name}.crt`) });
  const server = await RegistryServer.start({
    layout,
    repository: ownRepository,
    tls: { ...(await pair('registry')), other: await pair('other') },
  });
  const [ca, signing] = [await pem('registry-ca.crt'), await pem('signing.pub')];
  const { user, password } = server.credentials;
  const basic = Buffer.from(`${user}:${password}`).toString('base64');
  return {
    server,
    secrets: [password, basic, server.releases.credentials.password],
    copy: async (image, repository, through) => {
      const registry = { port: server.port, ca, credentials: server.releases.credentials, repository: ownRepository };
      const original = await new OciLayout(layout).digest(image);
      const root = new BuilderRoot(join(directory, 'root'));
      return { original, copy: await copyImage(root, registry, image, repository, through) };
    },
    accessFiles: (address) => accessFiles(address, { ca, basic, signing }),
  };
}

/**
 * The registry has another address in each run: the device knows it by a name, as fleets behind a mirror do (containers-registries.conf). Where
 * signatures are is asked by address, which of them is right by name.
 */
function accessFiles(
  address: string,
  { ca, basic, signing }: { ca: string; basic: string; signing: string },
): AccessFile[] {
  const location = `[[registry]]\nprefix = "${registryHost}"\nlocation = "${address}"\n`;
  const attached = `docker:\n  "${address}":\n    use-sigstore-attachments: true\n`;
  return [
    { path: 'containers/registries.d/bootproof.yaml', content: attached, mode: 0o644 },
    { path: 'ssl/certs/bootproof-signing.pub', content: signing, mode: 0o644 },
    { path: 'containers/registries.conf.d/bootproof.conf', content: location, mode: 0o644 },
    { path: 'ssl/certs/bootproof-registry.pem', content: ca, mode: 0o644 },
    { path: 'ostree/auth.json', content: JSON.stringify({ auths: { [address]: { auth: basic } } }), mode: 0o600 },
  ];
}
