import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RegistryServer } from './registry-server.ts';

const directory = mkdtempSync(join(tmpdir(), 'registry-'));

/** A certificate of its own for 127.0.0.1, signed by itself. */
function certificate(name: string): { key: string; certificate: string } {
  const [key, cert] = [join(directory, `${name}.key`), join(directory, `${name}.crt`)];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', ['req', '-x509', ...kind, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { key: readFileSync(key, 'utf8'), certificate: readFileSync(cert, 'utf8') };
}

function write(bytes: Buffer): string {
  const hex = createHash('sha256').update(bytes).digest('hex');
  mkdirSync(join(directory, 'blobs/sha256'), { recursive: true });
  writeFileSync(join(directory, 'blobs/sha256', hex), bytes);
  return `sha256:${hex}`;
}

const mediaType = 'application/vnd.oci.image.manifest.v1+json';
const layerBytes = Buffer.alloc(300_000, 'layer ');

describe('registry of OCI images', () => {
  let server: RegistryServer;
  let layer: string;
  let ca: string;
  const digests: Record<string, string> = {};

  before(async function () {
    let pair;
    try {
      pair = certificate('registry');
    } catch {
      return this.skip();
    }
    layer = write(layerBytes);
    const top = write(Buffer.from('a thin layer'));
    for (const [tag, layers] of [
      ['v1', [layer]],
      ['v2', [layer, top]],
    ] as const)
      digests[tag] = write(
        Buffer.from(JSON.stringify({ mediaType, tag, layers: layers.map((digest) => ({ digest })) })),
      );
    const signature = write(Buffer.from(JSON.stringify({ mediaType, layers: [{ digest: top }] })));
    digests[`${digests['v1']!.replace(':', '-')}.sig`] = signature;
    const manifests = Object.entries(digests).map(([tag, digest]) => ({
      digest,
      annotations: { 'org.opencontainers.image.ref.name': tag },
    }));
    writeFileSync(join(directory, 'index.json'), JSON.stringify({ manifests }));
    ca = pair.certificate;
    server = await RegistryServer.start({
      layout: directory,
      repository: 'device',
      tls: { ...pair, other: certificate('other') },
    });
  });
  after(async () => {
    await server?.close();
    rmSync(directory, { recursive: true });
  });
  afterEach(() => server?.fail(undefined));

  interface Answer {
    readonly status: number;
    readonly headers: Record<string, unknown>;
    readonly body: Buffer;
  }

  function get(
    path: string,
    options: { auth?: string; range?: string; method?: string; body?: Buffer } = {},
  ): Promise<Answer> {
    const { user, password } = server.credentials;
    const { auth = `${user}:${password}`, range, method = 'GET', body } = options;
    return new Promise((resolve, reject) => {
      const asked = request(
        {
          host: '127.0.0.1',
          port: server.port,
          path,
          method,
          auth,
          ca,
          agent: false,
          ...(range ? { headers: { range } } : {}),
        },
        (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part: Buffer) => parts.push(part));
          response.on('error', reject);
          response.on('aborted', () => reject(new Error('connection ended early')));
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
          );
        },
      );
      asked.on('error', reject);
      asked.end(body);
    });
  }
  const ended = (path: string): Promise<string> =>
    get(path).then(
      ({ status }) => `status ${status}`,
      (error: Error) => error.message,
    );
  const blob = (): string => `/v2/device/blobs/${layer}`;
  const sha256 = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

  it('serves a manifest by tag and by digest, byte for byte, to who has the credentials', async () => {
    const byTag = await get('/v2/device/manifests/v1');
    expect([byTag.status, byTag.headers['content-type'], sha256(byTag.body)]).to.deep.equal([
      200,
      mediaType,
      digests['v1'],
    ]);
    expect((await get(`/v2/device/manifests/${digests['v1']}`)).body.equals(byTag.body)).to.equal(true);
    for (const auth of ['device:wrong', ''])
      expect((await get('/v2/device/manifests/v1', { auth })).status).to.equal(401);
    expect((await get('/v2/device/manifests/absent')).status).to.equal(404);
  });

  it('moves the tag `stable` with what is in use', async () => {
    for (const name of ['v1', 'v2']) {
      server.use(name);
      expect((await get('/v2/device/manifests/stable')).headers['docker-content-digest']).to.equal(digests[name]);
    }
  });

  it('serves a blob whole and from where a pull was broken off, and counts what it sent', async () => {
    const before = server.traffic.bytes;
    expect(sha256((await get(blob())).body)).to.equal(layer);
    expect(server.traffic.bytes - before).to.equal(layerBytes.length);
    const rest = await get(blob(), { range: 'bytes=100000-' });
    expect([rest.status, rest.body.length]).to.deep.equal([206, layerBytes.length - 100_000]);
  });

  it('tells which layers of an image were fetched, and which the device had', async () => {
    server.takeLayers();
    expect(server.takeLayers(), 'no image was asked for').to.equal(undefined);
    await get('/v2/device/manifests/v2');
    await get(blob(), { method: 'HEAD' });
    expect(server.takeLayers()).to.deep.equal({ fetched: 0, reused: 2 });
    await get('/v2/device/manifests/v2');
    await get(blob());
    await get(blob(), { range: 'bytes=100000-' });
    // What is asked for beside it is a signature, and no image.
    await get(`/v2/device/manifests/${digests['v1']!.replace(':', '-')}.sig`);
    expect(server.takeLayers()).to.deep.equal({ fetched: 1, reused: 1 });
  });

  it('gives a signature by the digest that it is of, whichever image a tag names', async () => {
    server.fail({ kind: 'bad-image', tag: 'v2' });
    const path = (tag: string): string => `/v2/device/manifests/${digests[tag]!.replace(':', '-')}.sig`;
    expect([(await get(path('v1'))).status, (await get(path('v2'))).status]).to.deep.equal([200, 404]);
    expect([await server.offers('v2'), await server.offers('absent')]).to.deep.equal([true, false]);
  });

  it('leaves its folder for nobody', async () => {
    for (const path of ['/v2/device/blobs/../../index.json', '/v2/device/blobs/%2e%2e%2findex.json', '/index.json'])
      expect((await get(path)).status).to.equal(404);
  });

  it('says for every fault that it took effect, and works again afterwards', async () => {
    server.use('v1');
    const seen: Record<string, [string, number]> = {};
    const during = async (fault: Parameters<RegistryServer['fail']>[0], path: string): Promise<void> => {
      server.fail(fault);
      seen[fault!.kind] = [await ended(path), server.faultHits];
    };
    await during({ kind: 'credentials-refused' }, '/v2/');
    await during({ kind: 'unknown-ca' }, '/v2/');
    await during({ kind: 'registry-down' }, '/v2/');
    await during({ kind: 'gone', afterObjects: 2 }, blob());
    expect(seen['credentials-refused']).to.deep.equal(['status 401', 1]);
    expect(seen['unknown-ca']![0]).to.match(/self.signed|certificate/i);
    expect(seen['registry-down']![0]).to.match(/hang up|ECONNRESET|disconnected/);
    expect(seen['gone']![0]).to.match(/early|aborted|ECONNRESET|hang up/);
    for (const [kind, [, hits]] of Object.entries(seen)) expect(hits, kind).to.be.at.least(1);
    server.fail(undefined);
    expect((await get(blob())).status).to.equal(200);
  });

  it('damages a blob so that only its digest tells', async () => {
    server.fail({ kind: 'corrupt-object', afterObjects: 1 });
    const damaged = (await get(blob())).body;
    expect(damaged.length).to.equal(layerBytes.length);
    expect([sha256(damaged) === layer, server.faultHits]).to.deep.equal([false, 1]);
    server.fail({ kind: 'truncated-blob' });
    expect((await get(blob())).body.length).to.equal(layerBytes.length / 2);
  });

  it('takes credentials away in the middle of a pull', async () => {
    server.fail({ kind: 'credentials-expire', afterObjects: 1 });
    expect(await ended('/v2/device/manifests/v1')).to.equal('status 200');
    expect(await ended(blob())).to.equal('status 200');
    expect(await ended(blob())).to.equal('status 401');
    expect(server.faultHits).to.equal(1);
  });

  it('moves a tag once it was asked for, and offers another image under it', async () => {
    server.use('v1');
    server.fail({ kind: 'tag-moves', to: 'v2' });
    const digest = async (): Promise<unknown> =>
      (await get('/v2/device/manifests/stable')).headers['docker-content-digest'];
    expect([await digest(), await digest()]).to.deep.equal([digests['v1'], digests['v2']]);
    server.fail({ kind: 'bad-image', tag: 'v2' });
    expect(await digest()).to.equal(digests['v2']);
  });

  describe('as who releases uses it', () => {
    const thin = Buffer.from('a layer of a copy');
    const settings = Buffer.from('{}');
    const manifestOf = (...layers: string[]): Buffer =>
      Buffer.from(
        JSON.stringify({
          mediaType,
          config: { digest: sha256(settings) },
          layers: layers.map((digest) => ({ digest })),
        }),
      );
    const release = (method: string, path: string, body?: Buffer): Promise<Answer> => {
      const { user, password } = server.releases.credentials;
      return get(path, { method, auth: `${user}:${password}`, ...(body ? { body } : {}) });
    };
    /** In two pieces, and the end with the last request, as clients may. */
    async function pushBlob(repository: string, bytes: Buffer, digest = sha256(bytes)): Promise<number> {
      const { status, headers } = await release('POST', `/v2/${repository}/blobs/uploads/`);
      expect(status).to.equal(202);
      const more = await release('PATCH', String(headers['location']), bytes.subarray(0, 4));
      const end = await release('PUT', `${String(more.headers['location'])}?digest=${digest}`, bytes.subarray(4));
      return end.status;
    }

    it('has what was pushed, byte for byte, in that repository alone', async () => {
      expect((await get('/v2/mirror/manifests/v9')).status, 'before').to.equal(404);
      for (const bytes of [thin, settings]) expect(await pushBlob('mirror', bytes)).to.equal(201);
      const manifest = manifestOf(sha256(thin));
      expect((await release('PUT', '/v2/mirror/manifests/v9', manifest)).status).to.equal(201);
      const { requests } = server.traffic;
      for (const reference of ['v9', sha256(manifest)]) {
        const served = await get(`/v2/mirror/manifests/${reference}`);
        expect([served.status, sha256(served.body)]).to.deep.equal([200, sha256(manifest)]);
      }
      expect((await get(`/v2/mirror/blobs/${sha256(thin)}`)).body.equals(thin)).to.equal(true);
      for (const path of ['/v2/other/manifests/v9', `/v2/other/blobs/${sha256(thin)}`, '/v2/device/manifests/v9'])
        expect((await get(path)).status, path).to.equal(404);
      expect(server.traffic.requests - requests).to.equal(6);
      expect((await release('GET', '/v2/device/manifests/v1')).status, 'what it copies from').to.equal(200);
      expect(server.traffic.requests - requests, 'of devices').to.equal(6);
    });

    it('takes nothing that is not what its digest says, or that lacks a part', async () => {
      expect(await pushBlob('damaged', thin, sha256(settings))).to.equal(400);
      expect((await get(`/v2/damaged/blobs/${sha256(settings)}`)).status).to.equal(404);
      expect(await pushBlob('damaged', settings)).to.equal(201);
      const put = async (reference: string, manifest: Buffer): Promise<number> =>
        (await release('PUT', `/v2/damaged/manifests/${reference}`, manifest)).status;
      expect(await put('lacks-a-layer', manifestOf(sha256(thin)))).to.equal(400);
      expect(await put(sha256(thin), manifestOf())).to.equal(400);
      expect(await put('no-manifest', Buffer.from('{'))).to.equal(400);
      expect(await put('whole', manifestOf())).to.equal(201);
      expect((await get('/v2/damaged/manifests/lacks-a-layer')).status).to.equal(404);
    });

    it('takes nothing from a device, and nothing into the repository of the set', async () => {
      const upload = '/v2/mirror/blobs/uploads/';
      expect((await get(upload, { method: 'POST' })).status).to.equal(404);
      expect((await get('/v2/mirror/manifests/v1', { method: 'PUT', body: manifestOf() })).status).to.equal(404);
      expect((await release('POST', '/v2/device/blobs/uploads/')).status).to.equal(404);
      expect((await release('PUT', '/v2/device/manifests/v1', manifestOf())).status).to.equal(404);
      expect((await get(upload, { method: 'POST', auth: 'release:wrong' })).status).to.equal(401);
      expect((await get('/v2/device/manifests/v1')).headers['docker-content-digest']).to.equal(digests['v1']);
    });

    it('leaves its folder for nobody', async () => {
      for (const repository of ['..', 'mirror/..', '../mirror', 'MIRROR', '%2e%2e'])
        expect((await release('POST', `/v2/${repository}/blobs/uploads/`)).status, repository).to.be.oneOf([404, 405]);
      const path = '/v2/mirror/blobs/uploads/..%2f..%2fescaped';
      expect((await release('PATCH', path, thin)).status).to.be.oneOf([404, 405]);
      expect((await release('PATCH', '/v2/mirror/blobs/uploads/never-begun', thin)).status).to.equal(404);
    });
  });
});
