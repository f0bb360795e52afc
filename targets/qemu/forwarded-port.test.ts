import { expect } from 'chai';
import { parseForwardedPort } from './forwarded-port.ts';

const head = 'Hub -1 (net0):\r\n  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ\r\n';

describe('parseForwardedPort', () => {
  it('reads the port of the row that leads to 22, whatever other connections there are', () => {
    const text =
      `${head}  TCP[ESTABLISHED]  19       127.0.0.1 40000       10.0.2.15    22     0     0\r\n` +
      '  TCP[HOST_FORWARD]   6       127.0.0.1 41111       10.0.2.15    80     0     0\r\n' +
      '  TCP[HOST_FORWARD]   5       127.0.0.1 32929       10.0.2.15    22     0     0\r\n';
    expect(parseForwardedPort(text)).to.equal(32929);
  });

  it('finds none where there is none', () => {
    expect(parseForwardedPort(head)).to.equal(undefined);
    expect(parseForwardedPort('  TCP[HOST_FORWARD] 5 127.0.0.1 0 10.0.2.15 22 0 0\r\n')).to.equal(undefined);
  });
});
