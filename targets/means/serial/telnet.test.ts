import { expect } from 'chai';
import fc from 'fast-check';
import { escapeData, optionCommand, subnegotiation, TelnetDecoder, type TelnetEvent } from './telnet.ts';

const joined = (events: TelnetEvent[]): Buffer =>
  Buffer.concat(events.flatMap((event) => (event.kind === 'data' ? [event.bytes] : [])));

describe('telnet', () => {
  it('gives data and commands apart, however the stream is cut', () => {
    const piece = fc.oneof(
      fc
        .uint8Array({ maxLength: 40 })
        .map((bytes) => ({ bytes: escapeData(Buffer.from(bytes)), data: Buffer.from(bytes), other: 0 })),
      fc.nat(254).map((option) => ({ bytes: optionCommand('do', option), data: Buffer.alloc(0), other: 1 })),
      fc
        .uint8Array({ maxLength: 20 })
        .map((bytes) => ({ bytes: subnegotiation(44, [...bytes]), data: Buffer.alloc(0), other: 1 })),
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 12 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 30 })),
        (pieces, sizes) => {
          const decoder = new TelnetDecoder();
          const wire = Buffer.concat(pieces.map(({ bytes }) => bytes));
          const events: TelnetEvent[] = [];
          for (let at = 0; at < wire.length;) {
            const size = sizes.next().value as number;
            events.push(...decoder.push(wire.subarray(at, at + size)));
            at += size;
          }
          expect(joined(events).equals(Buffer.concat(pieces.map(({ data }) => data)))).to.equal(true);
          expect(events.filter(({ kind }) => kind !== 'data')).to.have.length(
            pieces.reduce((sum, { other }) => sum + other, 0),
          );
        },
      ),
    );
  });

  it('bounds a subnegotiation that never ends', () => {
    const decoder = new TelnetDecoder();
    expect(decoder.push(Buffer.concat([Buffer.from([255, 250, 44]), Buffer.alloc(1_000_000, 7)]))).to.deep.equal([]);
    const [event] = decoder.push(Buffer.from([255, 240]));
    expect(event?.kind === 'subnegotiation' && event.bytes.length).to.be.lessThan(300);
  });
});
