import { expect } from 'chai';
import type { Deadline } from '../../harness/device/deadline.ts';
import type { Shell } from '../../harness/device/shell.ts';
import { parseClientCheck, clientCheckScript } from '../../harness/observe/live/client-check.ts';
import { readBootcStatus } from '../../harness/update/bootc-client.ts';
import type { ClientResult, UpdateClient } from '../../harness/update/update-client.ts';

/** A device with bootc, real or recorded, that runs the image v1 of its registry; v2 is there too, and no tag `absent`. */
export interface BootcDevice {
  readonly client: UpdateClient;
  /** Of the boot that runs. */
  shell(): Shell;
  deadline(): Deadline;
  reboot(): Promise<void>;
}

export interface BootcExpectation {
  readonly name: string;
  /** True: recordings answer all that it asks. */
  readonly recorded: boolean;
  check(device: BootcDevice): Promise<void>;
}

const stage = ({ client, shell, deadline }: BootcDevice, branch: string): Promise<ClientResult> =>
  client.stage(shell(), { branch, url: '', kargs: [], deadline: deadline() });

const statusOf = async ({ shell, deadline }: BootcDevice) => (await readBootcStatus(shell(), deadline())).status;

const digestOf = (entry: { image: { imageDigest: string } | null } | null): string | undefined =>
  entry?.image?.imageDigest;

/** What the client needs of bootc, in the order in which one device goes through it: two reboots. */
export function bootcExpectations(): readonly BootcExpectation[] {
  let first: string | undefined;
  let second: string | undefined;
  return [
    {
      name: 'reports the image that it runs, and nothing staged',
      recorded: true,
      async check(device) {
        const { booted, staged, rollback } = await statusOf(device);
        first = digestOf(booted);
        expect(first, 'digest of the booted image').to.match(/^sha256:/);
        expect([staged, rollback]).to.deep.equal([null, null]);
      },
    },
    {
      name: 'stages what it is switched to, and the running system stays',
      recorded: true,
      async check(device) {
        const { exitCode, saidSuccess } = await stage(device, 'bootproof/v2');
        expect([exitCode, saidSuccess]).to.deep.equal([0, true]);
        const { booted, staged } = await statusOf(device);
        second = digestOf(staged);
        expect([digestOf(booted), second === first, second !== undefined]).to.deep.equal([first, false, true]);
      },
    },
    {
      name: 'runs after a reboot what was staged, and the one before is the way back',
      recorded: true,
      async check(device) {
        await device.reboot();
        const { booted, staged, rollback } = await statusOf(device);
        expect([digestOf(booted), staged, digestOf(rollback)]).to.deep.equal([second, null, first]);
      },
    },
    {
      name: 'stages nothing where nothing is new',
      recorded: true,
      async check(device) {
        expect(await stage(device, 'bootproof/v2')).to.include({ exitCode: 0 });
        expect((await statusOf(device)).staged).to.equal(null);
      },
    },
    {
      name: 'refuses a tag that is not there, and says so',
      recorded: true,
      async check(device) {
        const refused = await stage(device, 'bootproof/absent');
        expect(refused).to.include({ exitCode: 1, saidSuccess: false });
        expect(refused.output).to.match(/manifest unknown/);
        expect((await statusOf(device)).staged).to.equal(null);
      },
    },
    {
      name: 'finds its own objects whole',
      recorded: false,
      async check({ shell, deadline }) {
        const { stdout } = await shell().script(clientCheckScript, [], { deadline: deadline() });
        expect(parseClientCheck(stdout.toString('utf8'))?.outcome).to.equal('clean');
      },
    },
    {
      name: 'cleans up what no deployment needs',
      recorded: false,
      async check({ client, shell, deadline }) {
        expect(await client.cleanup(shell(), deadline())).to.include({ exitCode: 0 });
      },
    },
    {
      name: 'queues a rollback, and runs the system before after a reboot',
      recorded: true,
      async check(device) {
        const { client, shell, deadline } = device;
        expect(await client.rollback(shell(), deadline())).to.include({ exitCode: 0 });
        const { rollbackQueued } = await statusOf(device);
        expect(rollbackQueued).to.equal(true);
        await device.reboot();
        expect(digestOf((await statusOf(device)).booted)).to.equal(first);
      },
    },
  ];
}
