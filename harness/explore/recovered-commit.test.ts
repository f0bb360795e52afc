import { expect } from 'chai';
import { RecordedDisk } from '../blocklog/disk-state.ts';
import type { CommitPoint } from '../update/phases/commit-point.ts';
import { codesOf, explore } from './litmus-exploration.ts';
import { entryText, environment, filled, LitmusDevice, newCommit } from './litmus-device.ts';
import { recoveredCommit } from './recovered-commit.ts';

const newSystem = {
  'loader.1/entries/ostree-2.conf': entryText('k2'),
  'ostree/os-k2/vmlinuz': filled('kernel 2'),
};

/** What a device that recovers writes to /boot, judged with the commit that its disk shows. */
async function recover(
  boot: Record<string, string>,
  write: (device: LitmusDevice) => Promise<unknown>,
): Promise<{ commit: CommitPoint | undefined; codes: string[] }> {
  const device = await LitmusDevice.make(boot);
  try {
    await write(device);
    device.flush();
    const subject = device.subject(undefined);
    const disk = RecordedDisk.open(subject);
    const commit = recoveredCommit(disk, subject);
    disk.close();
    return { commit, codes: codesOf(explore({ ...subject, commit }, 'drop1')) };
  } finally {
    await device.remove();
  }
}

const marksGood = async (device: LitmusDevice): Promise<unknown> =>
  device.write(await device.change('boot', ['rm /grub/grubenv', device.put('/grub/grubenv', environment('a=1\n'))]));

describe('the commit of an update during a recovery', function () {
  this.timeout(60_000);

  it('is behind a device that recovers into the new system, which then has to stay', async () => {
    const { commit, codes } = await recover(newSystem, marksGood);
    expect(commit).to.deep.equal({ choice: `os/${newCommit}.0`, issued: -1, flushed: -1 });
    expect(codes).to.deep.equal([]);
    const lost = await recover(newSystem, async (device) =>
      device.write(await device.change('boot', ['rm /loader.1/entries/ostree-2.conf'])),
    );
    expect(lost.codes).to.include('picks-old-after-commit');
  });

  it('never comes where the old system recovers, and must not', async () => {
    const { commit, codes } = await recover({}, marksGood);
    expect([commit, codes]).to.deep.equal([undefined, []]);
    const { 'ostree/os-k2/vmlinuz': kernel } = newSystem;
    const anew = await recover({ 'ostree/os-k2/vmlinuz': kernel }, async (device) =>
      device.writeSafely(await device.change('boot', [device.entry()]), 'ostree-2.conf'),
    );
    expect(anew.codes).to.deep.equal(['picks-new-before-commit']);
  });
});
