import { expect } from 'chai';
import fc from 'fast-check';
import { uBootEnvironment } from '../../../images/arm64/u-boot-environment.ts';
import { parsePrintedEnvironment, parseUBootEnvironment } from './u-boot-environment.ts';

/** As fw_setenv of libubootenv 0.3.2 wrote it (512 bytes, of which the rest are zeros). */
const written = Buffer.alloc(512);
Buffer.from(
  '706fa050626f6f74636f756e743d3000626f6f746c696d69743d3200757067726164655f617661696c61626c653d3100',
  'hex',
).copy(written);

describe('U-Boot environment', () => {
  it('reads what fw_setenv has written', () => {
    const variables = { bootcount: '0', bootlimit: '2', upgrade_available: '1' };
    expect(parseUBootEnvironment(written)).to.deep.equal({ valid: true, variables });
    expect(uBootEnvironment(variables, 512).equals(written)).to.equal(true);
  });

  it('takes nothing of a block with one bit changed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: written.length * 8 - 1 }), (bit) => {
        const block = Buffer.from(written);
        block[bit >> 3]! ^= 1 << (bit & 7);
        expect(parseUBootEnvironment(block)).to.deep.equal({ valid: false, variables: {} });
      }),
    );
  });

  it('reads any variables that were written', () => {
    const name = fc.stringMatching(/^[a-z_#]{1,12}$/);
    fc.assert(
      fc.property(fc.dictionary(name, fc.stringMatching(/^[ -~]{0,20}$/), { maxKeys: 10 }), (variables) => {
        expect(parseUBootEnvironment(uBootEnvironment(variables, 512))).to.deep.equal({ valid: true, variables });
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => void parseUBootEnvironment(Buffer.from(bytes))),
    );
  });

  it('is not valid without an end, or with a line that is no variable', () => {
    expect(parseUBootEnvironment(uBootEnvironment({ a: 'x'.repeat(200) }, 206)).valid).to.equal(false);
    expect(parseUBootEnvironment(uBootEnvironment({ '': 'nameless' }, 64))).to.deep.equal({
      valid: false,
      variables: {},
    });
  });

  it('reads what fw_printenv prints, and nothing of its errors', () => {
    const text = 'bootcount=1\n## Error: "bootlimit" not defined\nupgrade_available=1\n';
    expect(parsePrintedEnvironment(text)).to.deep.equal({ bootcount: '1', upgrade_available: '1' });
  });
});
