import { expect } from 'chai';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { RepositoryServer, trafficSince } from './repository-server.ts';

describe('traffic of a repository', () => {
  let directory: string;
  let server: RepositoryServer;
  const put = (path: string, content: string): void => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  };
  const get = async (path: string): Promise<number> => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
    await response.arrayBuffer();
    return response.status;
  };
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'repository-'));
    put('served/objects/ab/cd.filez', 'object');
    put('channel/deltas/Ry/K8-T5/superblock', 'delta');
    server = await RepositoryServer.start(join(directory, 'served'));
    server.use(join(directory, 'channel'));
  });
  afterEach(async () => {
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('tells objects from files of a delta', async () => {
    expect(await get('/objects/ab/cd.filez')).to.equal(200);
    expect(await get('/deltas/Ry/K8-T5/superblock')).to.equal(200);
    expect(server.traffic).to.include({ requests: 2, objects: 1, deltaFiles: 1, bytes: 11 });
  });

  it('does not count a delta that was asked for and is not there', async () => {
    expect(await get('/deltas/Ry/none/superblock')).to.equal(404);
    expect(server.traffic).to.include({ requests: 1, deltaFiles: 0 });
  });

  it('refuses a request that names no path, and serves on', async () => {
    const raw = (path: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const asking = request({ port: server.port, host: '127.0.0.1', path }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        asking.on('error', reject).end();
      });
    for (const path of ['/%ff', '/objects/%', '//']) expect(await raw(path), path).to.equal(400);
    expect(await get('/objects/ab/cd.filez')).to.equal(200);
  });

  it('is what came since, and nothing when nothing was asked', async () => {
    await get('/objects/ab/cd.filez');
    const before = server.traffic;
    expect(trafficSince(before, server.traffic)).to.deep.equal({ requests: 0, objects: 0, deltaFiles: 0, bytes: 0 });
    await get('/objects/ab/cd.filez');
    expect(trafficSince(before, server.traffic)).to.include({ requests: 1, objects: 1 });
  });
});
