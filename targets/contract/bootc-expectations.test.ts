import { expect } from 'chai';
import { Deadline } from '../../harness/device/deadline.ts';
import { bootcClient, bootcRollbackScript, bootcStageScript } from '../../harness/update/bootc-client.ts';
import { RecordedShell, recordingsOf } from '../simulated/recorded-shell.ts';
import { bootcExpectations, type BootcDevice } from './bootc-expectations.ts';

/** As the recordings have it: which script of the client stands for which command, and the references of their registry. */
function recordedDevice(): BootcDevice & { state(): string } {
  const shell = new RecordedShell(recordingsOf('1.6.0'), {
    [bootcStageScript]: (parameters) => ['bootc', ...parameters],
    [bootcRollbackScript]: () => ['bootc', 'rollback'],
  });
  return {
    client: bootcClient((branch) => `10.0.2.2:5000/os:${branch.replace('bootproof/', '')}`),
    shell: () => shell,
    deadline: () => new Deadline('a recorded command', 2000),
    reboot: async () => shell.reboot(),
    state: () => shell.state,
  };
}

describe('what the client needs of bootc, on recordings of 1.6.0', () => {
  const device = recordedDevice();
  for (const { name, recorded, check } of bootcExpectations()) {
    if (recorded) it(name, () => check(device));
    else
      it(`${name}: not recorded, and no answer is made up`, async () => {
        const state = device.state();
        const code = await check(device).then(
          () => 'answered',
          (error: { code?: string }) => error.code,
        );
        expect([code, device.state()]).to.deep.equal(['not-recorded', state]);
      });
  }

  it('is noticed where bootc does not do it', async () => {
    const names: string[] = [];
    const lying = recordedDevice();
    const { client } = lying;
    const said = { exitCode: 0, saidSuccess: true, output: '', durationMs: 0 };
    const idle: BootcDevice = { ...lying, client: { ...client, stage: async () => said, rollback: async () => said } };
    for (const { name, check } of bootcExpectations()) await check(idle).catch(() => names.push(name));
    expect(names).to.include.members([
      'stages what it is switched to, and the running system stays',
      'runs after a reboot what was staged, and the one before is the way back',
      'refuses a tag that is not there, and says so',
      'queues a rollback, and runs the system before after a reboot',
    ]);
  });
});
