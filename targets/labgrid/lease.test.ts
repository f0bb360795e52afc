import { expect } from 'chai';
import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Deadline } from '../../harness/device/deadline.ts';
import type { HarnessError } from '../../harness/errors/harness-error.ts';
import { isOnHost } from '../../harness/host/host-packages.mjs';
import { LabgridLease } from './lease.ts';

const soon = (budgetMs = 30_000): Deadline => new Deadline('the lab', budgetMs);
const failure = async (promise: Promise<unknown>): Promise<HarnessError> =>
  promise.then(
    () => new Error('nothing was thrown') as unknown as HarnessError,
    (error: unknown) => error as HarnessError,
  );

/** labgrid-client in a few lines: one place in a file, its owner in it. Messages are those of labgrid 26.0. */
const fakeClient = `#!/bin/sh
owner=$(cat "$0.owner" 2>/dev/null)
echo "$*" >> "$0.log"
[ "$1" = -p ] && { place=$2; shift 2; }
fail() { echo "labgrid-client: Error: $1" >&2; exit 1; }
case "$1" in
  acquire)
    [ "$owner" = me ] && fail "You have already acquired place $place."
    [ -n "$owner" ] && fail "Place $place is already acquired by $owner"
    echo me > "$0.owner";;
  release) rm -f "$0.owner";;
  env)
    [ -e "$0.no-exporter" ] && fail "no exporter"
    [ "$owner" = me ] || fail "place $place is not acquired"
    printf 'targets:\\n  %s:\\n    resources:\\n    - NetworkSerialPort:\\n        host: 127.0.0.1\\n        port: 4000\\n' "$place";;
  power) [ "$owner" = me ] || fail "place $place is not acquired"; echo "power for place $place is on";;
  reserve) echo "export LG_TOKEN=TOKEN$(grep -c ^reserve "$0.log")";;
  cancel-reservation) echo "$2" > "$0.cancelled";;
esac
`;

describe('labgrid lease', function () {
  this.timeout(180_000);
  let directory: string;
  let client: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bootproof-labgrid-'));
    client = join(directory, 'labgrid-client');
    await writeFile(client, fakeClient);
    await chmod(client, 0o755);
  });
  afterEach(() => rm(directory, { recursive: true }));
  const lease = (place?: string) =>
    new LabgridLease(
      'board-a',
      { client, coordinator: '127.0.0.1:1', place, tags: { board: 'virtual' } },
      join(directory, 'held'),
    );

  it('holds a place, and knows its wires while it does', async () => {
    const held = lease('p1');
    await held.acquire(soon());
    expect(held.resource('NetworkSerialPort')).to.deep.equal({ host: '127.0.0.1', port: 4000 });
    expect(() => held.resource('NetworkService')).to.throw('No NetworkService at place p1');
    expect(await held.command(['power', 'get'], soon())).to.include('is on');
    await held.release(soon());
    await held.release(soon());
    await lease('p1').acquire(soon());
  });

  it('names the owner of a place that is taken', async () => {
    await writeFile(`${client}.owner`, 'desk/anna');
    expect(await failure(lease('p1').acquire(soon()))).to.include({
      code: 'place-busy',
      message: 'Place p1 is already acquired by desk/anna: place p1 of board-a',
    });
  });

  it('takes back what an owner of this host left when it was killed', async () => {
    await lease('p1').acquire(soon());
    const next = lease('p1');
    await next.acquire(soon());
    await next.release(soon());
  });

  it("notices that the place was taken away, and does not release what is another's", async () => {
    const held = lease('p1');
    await held.acquire(soon());
    await writeFile(`${client}.owner`, 'desk/anna');
    expect(await failure(held.command(['power', 'off'], soon()))).to.include({ code: 'lease-lost' });
    expect(() => held.resource('NetworkSerialPort')).to.throw('Lease lost');
    await held.release(soon());
    expect(await failure(lease('p1').acquire(soon()))).to.include({ code: 'place-busy' });
  });

  it('gets a place by its tags, and gives the reservation back', async () => {
    const held = lease();
    await held.acquire(soon());
    expect(held.place).to.equal('+TOKEN1');
    await held.release(soon());
    expect((await readFile(`${client}.cancelled`, 'utf8')).trim()).to.equal('TOKEN1');
  });

  it('does not keep a place from others that it can not use', async () => {
    await writeFile(`${client}.no-exporter`, '');
    expect(await failure(lease('p1').acquire(soon()))).to.include({ code: 'labgrid-failed' });
    expect(await failure(lease().acquire(soon()))).to.include({ code: 'labgrid-failed' });
    expect((await readFile(`${client}.cancelled`, 'utf8')).trim()).to.equal('TOKEN1');
    await rm(`${client}.no-exporter`);
    const unwritable = new LabgridLease(
      'board-a',
      { client, coordinator: '127.0.0.1:1', place: 'p1', tags: {} },
      join(directory, 'no', 'folder'),
    );
    expect(await failure(unwritable.acquire(soon()))).to.include({ code: 'ENOENT' });
    expect(await readFile(`${client}.owner`, 'utf8').catch(() => 'nobody')).to.equal('nobody');
  });

  it('gives back the place of a reservation that was left by a killed owner, before it asks for another', async () => {
    await lease().acquire(soon());
    const next = lease();
    await next.acquire(soon());
    expect(next.place).to.equal('+TOKEN2');
    const said = (await readFile(`${client}.log`, 'utf8')).split('\n').map((line) => line.split(' -')[0]);
    const from = said.lastIndexOf('reserve');
    expect(said.slice(from - 2, from)).to.deep.equal(['-p +TOKEN1 release', 'cancel-reservation TOKEN1']);
    await next.release(soon());
  });

  it('says that the client is not there', async () => {
    const options = { client: '/nonexistent/labgrid-client', coordinator: '127.0.0.1:1', place: 'p1', tags: {} };
    expect(await failure(new LabgridLease('board-a', options, join(directory, 'held')).acquire(soon()))).to.include({
      code: 'labgrid-missing',
    });
  });

  describe('of a real coordinator', function () {
    const children: ChildProcess[] = [];
    after(() => children.forEach((child) => child.kill('SIGKILL')));

    it('is acquired, held, lost and released, by name and by tag', async function () {
      const folder = process.env['LABGRID_BIN'];
      const path = folder === undefined ? process.env['PATH'] : `${folder}${delimiter}${process.env['PATH']}`;
      if (!isOnHost('labgrid-coordinator', path)) {
        this.test!.title += ' (not applicable: labgrid is not installed)';
        this.skip();
      }
      const program = (name: string) => (folder === undefined ? name : join(folder, name));
      const coordinator = `127.0.0.1:${await freePort()}`;
      const begin = (name: string, ...argv: string[]) =>
        children.push(spawn(program(name), argv, { cwd: directory, stdio: 'ignore' }));
      begin('labgrid-coordinator', '-l', coordinator);
      const wires = 'desk:\n  NetworkSerialPort:\n    host: 127.0.0.1\n    port: 4000\n    protocol: rfc2217\n';
      await writeFile(join(directory, 'exporter.yaml'), wires);
      const at = { client: program('labgrid-client'), coordinator, tags: { board: 'virtual' } };
      const mark = join(directory, 'held');
      const admin = new LabgridLease('admin', { ...at, place: 'p1' }, mark);
      await soon().until(
        () =>
          admin.run('p1', ['create'], soon()).then(
            () => true,
            () => undefined,
          ),
        200,
      );
      begin('labgrid-exporter', '-c', coordinator, '-n', 'lab', 'exporter.yaml');
      await admin.run('p1', ['set-tags', 'board=virtual'], soon());
      await admin.run('p1', ['add-match', 'lab/desk/*'], soon());
      await soon().until(async () => (await admin.run('p1', ['resources'], soon())).includes('desk') || undefined, 200);

      const byName = new LabgridLease('board-a', { ...at, place: 'p1' }, mark);
      await byName.acquire(soon());
      expect(byName.resource('NetworkSerialPort')).to.include({ port: 4000, protocol: 'rfc2217' });
      await new LabgridLease('board-a', { ...at, place: 'p1' }, mark).acquire(soon());
      await admin.run('p1', ['release'], soon());
      expect(await failure(byName.command(['env'], soon()))).to.include({ code: 'lease-lost' });
      await byName.release(soon());

      const killed = new LabgridLease('board-a', { ...at, place: undefined }, mark);
      await killed.acquire(soon());
      const byTag = new LabgridLease('board-a', { ...at, place: undefined }, mark);
      await byTag.acquire(soon());
      expect(byTag.resource('NetworkSerialPort')).to.include({ port: 4000 });
      await byTag.release(soon());
      expect(await admin.run('p1', ['reservations'], soon())).to.not.match(/state: (allocated|acquired)/);
    });
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
