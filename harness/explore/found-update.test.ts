import { expect } from 'chai';
import { UsageError } from '../errors/harness-error.ts';
import { codesOf, explore } from './litmus-exploration.ts';
import { LitmusDevice, newCommit, oldCommit } from './litmus-device.ts';
import { denseAround, updateFound } from './found-update.ts';

describe('update found in a log from elsewhere', function () {
  this.timeout(60_000);
  let device: LitmusDevice;
  beforeEach(async () => (device = await LitmusDevice.make()));
  afterEach(() => device.remove());
  const found = (): ReturnType<typeof updateFound> => updateFound({ basePath: device.base, logPath: device.log });

  it('has the systems, the commit and what surrounds it', async () => {
    device.writeSafely(await device.change('boot', [device.kernel()]), 'vmlinuz');
    const issued = device.writeSafely(await device.change('boot', [device.entry()]), 'ostree-2.conf');
    const flushed = device.flush();
    device.write(await device.change('root', [device.put('/later', 'x')]));
    device.flush();
    const subject = found();
    expect(subject.commit).to.deep.equal({ choice: `os/${newCommit}.0`, issued, flushed });
    expect([subject.transition.from.commit, subject.transition.to.commit]).to.deep.equal([oldCommit, newCommit]);
    const [from, to] = denseAround(subject);
    expect(from).to.be.at.most(issued);
    expect(to).to.be.greaterThan(flushed);
    const exploration = explore(subject, 'drop1');
    expect(codesOf(exploration)).to.deep.equal([]);
    expect(exploration.disagreements).to.deep.equal([]);
  });

  it('is judged by what the disk holds in the end', async () => {
    device.write(await device.change('boot', [device.entry()]));
    device.flush();
    device.write(await device.change('boot', [device.kernel()]));
    device.flush();
    const codes = codesOf(explore(found(), 'drop1'));
    expect(codes).to.include('entry-kernel-mismatch');
  });

  it('tells the first mount of the new system, after which /etc is its own', async () => {
    device.writeSafely(await device.change('boot', [device.kernel()]), 'vmlinuz');
    device.writeSafely(await device.change('boot', [device.entry()]), 'ostree-2.conf');
    device.flush();
    const mount = device.write(await device.change('root', ['set_super_value mnt_count 7']));
    device.flush();
    const etc = `/ostree/deploy/os/deploy/${newCommit}.0/etc`;
    const own = await device.change('root', [device.put(`${etc}/own.tmp`, 'x')]);
    device.write(own);
    device.flush();
    device.write(await device.change('root', [`rm ${etc}/own.tmp`]));
    device.flush();
    const subject = found();
    expect(subject.bootedAt).to.equal(mount);
    expect(codesOf(explore(subject, 'flush'))).to.deep.equal([]);
    const { bootedAt: _mount, ...unmounted } = subject;
    expect(codesOf(explore(unmounted, 'flush'))).to.deep.equal(['etc-unexpected-change']);
  });

  it('of a log in which nothing is committed is the old system all the way', async () => {
    device.write(await device.change('root', [device.put('/x', 'x')]));
    device.flush();
    const subject = found();
    expect([subject.commit, subject.transition.to.commit]).to.deep.equal([undefined, oldCommit]);
    expect(denseAround(subject)).to.deep.equal([0, 0]);
    expect(codesOf(explore(subject, 'prefix'))).to.deep.equal([]);
  });

  it('is refused where the disk boots nothing', async () => {
    const own = await LitmusDevice.make({ 'loader.1/entries/ostree-1.conf': '' });
    try {
      own.flush();
      expect(() => updateFound({ basePath: own.base, logPath: own.log })).to.throw(UsageError, 'Boots nothing');
    } finally {
      own.remove();
    }
  });
});
