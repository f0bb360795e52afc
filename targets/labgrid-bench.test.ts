import { expect } from 'chai';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Deadline } from '../harness/device/deadline.ts';
import { createLabgridTarget } from './labgrid-bench.ts';
import { labgridOptions } from './labgrid/options.ts';
import { currentOwner } from './qemu/bench-lock.ts';

/** labgrid-client of a lab that has every place, each with power and a serial port on this host. */
const client = (port: number) => `#!/bin/sh
[ "$1" = -p ] && shift 2
case "$1" in
  env) printf 'targets:\\n  p:\\n    resources:\\n    - NetworkSerialPort: {host: 127.0.0.1, port: ${port}, protocol: raw}\\n';;
  power) echo "power for place p is off";;
esac
`;

describe('labgrid bench', function () {
  this.timeout(60_000);
  let directory: string;
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'bootproof-place-'))));
  afterEach(() => rm(directory, { recursive: true }));

  it('is one run’s at a time, whatever places are asked for: its folder holds the image that is written', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    try {
      await new Promise((resolve) => server.once('listening', resolve));
      const path = join(directory, 'labgrid-client');
      await writeFile(path, client((server.address() as { port: number }).port));
      await chmod(path, 0o755);
      const stateDir = join(directory, 'benches', 'rcar');
      const at = (place: string) =>
        createLabgridTarget(
          'rcar',
          labgridOptions.parse({
            place,
            client: path,
            hostAddress: '127.0.0.1',
            relay: false,
            identity: { kind: 'unchecked', reason: 'nothing is written here' },
            provision: { kind: 'commands', write: [['true']], verify: ['true'] },
          }),
          stateDir,
        );
      const soon = (): Deadline => new Deadline('the bench', 20_000);
      const [first, second] = [at('p1'), at('p2')];
      await first.acquire(soon());
      expect((await currentOwner(stateDir))?.pid).to.equal(process.pid);
      const error = await second.acquire(soon()).catch((reason: unknown) => reason);
      expect(error).to.include({ code: 'bench-busy' });
      await first.release({ keep: false });
      await second.acquire(soon());
      await second.release({ keep: false });
    } finally {
      server.close();
    }
  });
});
