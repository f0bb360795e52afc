import type { Observation } from '../observe/observation.ts';
import type {
  Device,
  ImageRef,
  RollbackOptions,
  SwitchOptions,
  TransitionOptions,
  TransitionOutcome,
} from '../scenario/api.ts';
import { readFile, remove, run, unlockUsr, writeFile, type DeviceCommand } from './device-files.ts';
import { flipBit } from './flipped-bit.ts';
import type { DeviceSession } from './device-session.ts';
import { racedRollback, racedSwitch } from './race.ts';
import { cutFromRecording, isRecorded } from './recorded-cut.ts';
import { checkRecovery } from './recovery.ts';
import { rollbackWithoutNetwork } from './rollback-without-network.ts';
import { silenceAfter, silenceOf } from './silence.ts';
import { stay, updateTransition, type UpdateRequest } from './update-transition.ts';

async function rebootProven(session: DeviceSession): Promise<void> {
  const silence = await silenceAfter(() => session.rebootSettled());
  if (silence !== undefined) await silenceOf(session, silence);
}

/** The set's own images have no other repository to be told apart from. */
const branchOf = ({ name, repository = 'bootproof' }: ImageRef): string => `${repository}/${name}`;

/** The verbs of a scenario, done on a session's device. */
export class ScenarioDevice implements Device {
  constructor(readonly session: DeviceSession) {}

  switch(image: ImageRef, options: SwitchOptions = {}): Promise<TransitionOutcome> {
    const request: UpdateRequest = { kind: 'switch', image, branch: branchOf(image), options };
    if (options.racing) return racedSwitch(this.session, request, options.racing);
    return updateTransition(this.session, request);
  }

  update(image: ImageRef, options: TransitionOptions = {}): Promise<TransitionOutcome> {
    return updateTransition(this.session, { kind: 'update', image, branch: 'bootproof/stable', options });
  }

  async rollback(options: RollbackOptions = {}): Promise<TransitionOutcome> {
    const { session } = this;
    const { fault, stageOnly } = options;
    if (isRecorded(fault)) return cutFromRecording(session, 'rollback', undefined, fault);
    await session.booted();
    const before = await session.observe('before');
    const asked = options.to && (await session.images.named(options.to.name)).commit;
    const index = before.deployments.findIndex(
      ({ booted, staged, checksum }) => !booted && !staged && (asked === undefined || checksum === asked),
    );
    const to = await session.images.ofCommit(before.deployments[index]?.checksum);
    if (options.racing) return racedRollback(session, to, index, options.racing);
    const canaries = await session.plant();
    const consoleFrom = session.device.console.length;
    session.steps.moment = 'during-update';
    const alone = options.fault && (await rollbackWithoutNetwork(session, index, options.fault));
    const client =
      alone?.client ??
      (await session.runClient('rollback', (shell, deadline) =>
        session.environment.client.rollback(shell, deadline, index),
      ));
    const soFar = { to, before, client, canaries, generation: session.generation, consoleFrom, fault: alone?.fault };
    if (stageOnly) return stay(session, soFar);
    if (!alone) await rebootProven(session);
    const after = await session.observe('after');
    return session.conclude({ ...soFar, kind: 'rollback', after, expectedBoots: 1 });
  }

  async reboot(): Promise<TransitionOutcome> {
    const { session } = this;
    await session.booted();
    const before = await session.observe('before');
    const to = await session.images.ofCommit(before.deployments.find(({ booted }) => booted)?.checksum);
    const canaries = await session.plant();
    const consoleFrom = session.device.console.length;
    await rebootProven(session);
    const after = await session.observe('after');
    const { generation } = session;
    return session.conclude({ kind: 'reboot', to, before, after, canaries, generation, consoleFrom, expectedBoots: 1 });
  }

  checkRecovery(image: ImageRef): Promise<void> {
    return checkRecovery(this.session, this, image);
  }

  async look(): Promise<Observation> {
    await this.session.booted();
    return this.session.observe('before');
  }

  reinstall(...images: ImageRef[]): Promise<void> {
    return this.session.reinstall(images.map(({ name }) => name));
  }

  unlockUsr(): Promise<void> {
    return unlockUsr(this.session);
  }

  writeFile(path: string, content: string, mode = 0o644): Promise<void> {
    return writeFile(this.session, path, content, mode);
  }

  readFile(path: string): Promise<string | undefined> {
    return readFile(this.session, path);
  }

  remove(path: string): Promise<void> {
    return remove(this.session, path);
  }

  flipBit(path: string): Promise<void> {
    return flipBit(this.session, path);
  }

  run(...argv: string[]): Promise<DeviceCommand> {
    return run(this.session, argv);
  }
}
