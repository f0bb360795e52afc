import { expect } from 'chai';
import fc from 'fast-check';
import { execa } from 'execa';
import { partsOf, storageScript } from './storage-identity.ts';

describe('identity of the storage', () => {
  it('reads what sysfs says, one part a block device', () => {
    const said =
      'disk=mmcblk0\nsize=61071360\nname=DG4032\ncid=1101\nfwrev=0x31\nlife_time=0x01 0x02\ndisk=sda\nmodel=SSD T7 \n';
    expect(partsOf(said)).to.deep.equal([
      { disk: 'mmcblk0', size: '61071360', name: 'DG4032', cid: '1101', fwrev: '0x31', life_time: '0x01 0x02' },
      { disk: 'sda', model: 'SSD T7' },
    ]);
  });

  it('is bounded and printable, whatever a device says', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string(),
            fc.string().map((word) => `disk=${word}\nmodel=${word}`),
          ),
        ),
        (lines) => {
          const parts = partsOf(lines.join('\n'));
          expect(parts.length).to.be.at.most(16);
          for (const value of parts.flatMap((part) => Object.values(part)))
            expect(value).to.match(/^[\x20-\x7e]{1,100}$/);
        },
      ),
    );
    expect(partsOf('size=1\nmodel=before any disk\n')).to.deep.equal([]);
  });

  it('asks in a way that every shell takes', async () => {
    const { exitCode, stdout } = await execa('sh', ['-c', storageScript], { reject: false });
    expect(exitCode).to.equal(0);
    for (const { disk } of partsOf(stdout)) expect(disk).to.match(/^[\w!.-]+$/);
  });
});
