import { expect } from 'chai';
import { crc32c, crc32cU32 } from './crc32c.ts';

const inverted = (bytes: Uint8Array): string => ((crc32c(0xffffffff, bytes) ^ 0xffffffff) >>> 0).toString(16);

describe('crc32c', () => {
  it('gives the values of RFC 3720, B.4', () => {
    expect(inverted(Buffer.alloc(32))).to.equal('8a9136aa');
    expect(inverted(Buffer.alloc(32, 0xff))).to.equal('62a8ab43');
    expect(inverted(Buffer.from(Array.from({ length: 32 }, (_, i) => i)))).to.equal('46dd794e');
    expect(inverted(Buffer.from('123456789'))).to.equal('e3069283');
  });

  it('is the same in one piece and in several', () => {
    const bytes = Buffer.from('any bytes will do, as long as they are more than eight');
    for (let cut = 0; cut <= bytes.length; cut++)
      expect(crc32c(crc32c(7, bytes.subarray(0, cut)), bytes.subarray(cut))).to.equal(crc32c(7, bytes));
    expect(crc32cU32(7, 0x04030201)).to.equal(crc32c(7, Buffer.from([1, 2, 3, 4])));
  });
});
