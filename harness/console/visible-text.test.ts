import { expect } from 'chai';
import fc from 'fast-check';
import { visibleText } from './visible-text.ts';

describe('visibleText', () => {
  it('removes colours, cursor movement and titles', () => {
    expect(visibleText('[\u001b[0;32m  OK  \u001b[0m] Started \u001b[0;1;39mssh.service\u001b[0m')).to.equal(
      '[  OK  ] Started ssh.service',
    );
    expect(visibleText('\u001b[!p\u001b]104\u0007\u001b[?7h[    3.63] systemd\u001b[32766;32766H\u001bc')).to.equal(
      '[    3.63] systemd',
    );
  });

  it('shows what could deceive a reader', () => {
    expect(visibleText('a\u0007b\u202ec\u009bd')).to.equal('a\\x07b\\u202ec\\x9bd');
    expect(visibleText('tail\u001b')).to.equal('tail\\x1b');
  });

  it('reads UTF-8 and survives what is none', () => {
    expect(visibleText(Buffer.from('geä…', 'utf8'))).to.equal('geä…');
    expect(visibleText(Buffer.from([0x61, 0xff, 0x62]))).to.equal('a\ufffdb');
  });

  it('is bounded and free of control characters for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 50 }), (bytes, maxLength) => {
        const text = visibleText(Buffer.from(bytes), maxLength);
        expect(text.length).to.be.at.most(maxLength);
        expect(text).not.to.match(/\p{Cc}/u);
      }),
    );
  });
});
