import { expect } from 'chai';
import { execa } from 'execa';
import { Deadline } from '../../harness/device/deadline.ts';
import { processesHolding, reapStale } from './stale-process.ts';

describe('reapStale', () => {
  const soon = (): Deadline => new Deadline('stale processes', 5000);
  /** A process with these words on its command line, in no relation to a lock or an owner. */
  const start = (...words: string[]) => execa('sh', ['-c', 'read _', 'sh', ...words], { reject: false });
  const listed = async (path: string): Promise<number[]> =>
    await soon().until(async () => {
      const pids = await processesHolding(path);
      return pids.length > 0 ? pids : undefined;
    });

  it('kills what carries the mark of this bench, and nothing else', async () => {
    const stale = start('-pidfile', '/state/a/qemu.pid');
    const other = start('-pidfile', '/state/b/qemu.pid');
    const speaker = start('-name', '/state/a/qemu.pid');
    try {
      await listed('/state/b/qemu.pid');
      expect(await listed('/state/a/qemu.pid')).to.deep.equal([stale.pid]);
      expect(await reapStale('/state/a/qemu.pid', soon())).to.deep.equal([stale.pid]);
      expect((await stale).signal).to.equal('SIGKILL');
      expect([other.exitCode, speaker.exitCode]).to.deep.equal([null, null]);
    } finally {
      other.kill('SIGKILL');
      speaker.kill('SIGKILL');
      await Promise.all([other, speaker]);
    }
  });

  it('has nothing to do most of the time', async () => {
    expect(await reapStale('/state/nobody/qemu.pid', soon())).to.deep.equal([]);
  });
});
