import { expect } from 'chai';
import { crc32 } from 'node:zlib';
import { uBootScript } from './u-boot-script.ts';

describe('U-Boot script image', () => {
  it('is what mkimage makes', () => {
    // SOURCE_DATE_EPOCH=0 mkimage -T script -C none -A arm64 -n name -d FILE (u-boot-tools 2023.01), FILE being `echo hi\n`
    const made =
      '27051956de60a0c100000000000000100000000000000000d9340162051606006e616d65000000000000000000000000000000000000000000000000' +
      '0000000000000008000000006563686f2068690a';
    expect(uBootScript('echo hi\n', 'name').toString('hex')).to.equal(made);
  });

  it('has the checksums of what it holds, and a name that ends', () => {
    const image = uBootScript('echo hi\n', 'a name that is longer than its field has room for');
    const header = Buffer.from(image.subarray(0, 64));
    header.writeUInt32BE(0, 4);
    expect(image.readUInt32BE(4)).to.equal(crc32(header));
    expect(image.readUInt32BE(24)).to.equal(crc32(image.subarray(64)));
    expect(image[63]).to.equal(0);
  });
});
