import { createHash } from 'node:crypto';
import { appendFileSync, closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { scratchDirectory } from './fixtures/scratch-directory.ts';
import { TranscriptReader } from './transcript-reader.ts';
import { Transcript } from './transcript.ts';

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe('Transcript', () => {
  let scratch: ReturnType<typeof scratchDirectory>;
  let transcript: Transcript;
  const create = (limits = {}) => (transcript = Transcript.create(join(scratch.path, 'case'), limits));
  beforeEach(() => (scratch = scratchDirectory()));
  afterEach(() => {
    transcript.close();
    scratch.remove();
  });

  it('keeps every byte, in order, with its hash', () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    create();
    transcript.append(bytes.subarray(0, 100), 10);
    transcript.append(bytes.subarray(100), 20);
    expect(readFileSync(transcript.path)).to.deep.equal(bytes);
    expect(transcript.read(90, 20)).to.deep.equal(bytes.subarray(90, 110));
    expect(transcript.read(250, 100)).to.deep.equal(bytes.subarray(250));
    expect(transcript.length).to.equal(256);
    expect(transcript.sha256()).to.equal(sha256(bytes));
    expect(transcript.lastByteMs).to.equal(20);
  });

  it('knows when each byte arrived, live and read again', () => {
    create();
    for (let index = 0; index < 50; index += 1) transcript.append(Buffer.from('ab'), index * 10 + (index % 2));
    const directory = join(scratch.path, 'case');
    // A line that a killed harness did not finish.
    appendFileSync(join(directory, 'console.times'), '0000000');
    const reader = TranscriptReader.open(directory);
    for (const source of [transcript, reader])
      for (const offset of [0, 1, 2, 49, 50, 99])
        expect(source.epochMsAt(offset)).to.equal(
          Math.floor(performance.timeOrigin + Math.floor(offset / 2) * 10 + (Math.floor(offset / 2) % 2)),
        );
    reader.close();
  });

  it('writes one time for chunks of one millisecond', () => {
    create();
    for (let index = 0; index < 1000; index += 1) transcript.append(Buffer.from('x'), 5 + index / 1000);
    expect(readFileSync(join(scratch.path, 'case', 'console.times'), 'utf8').split('\n')).to.have.length(2);
  });

  it('drops a flood above the rate, counts it, and says where', () => {
    create({ bytesPerSecond: 100 });
    transcript.append(Buffer.alloc(60, 'a'), 0);
    expect(transcript.append(Buffer.alloc(60, 'b'), 999)).to.have.length(40);
    expect(transcript.append(Buffer.alloc(60, 'c'), 999)).to.have.length(0);
    expect(transcript.append(Buffer.alloc(60, 'd'), 1000)).to.have.length(60);
    expect(transcript.flood).to.deep.equal({ droppedBytes: 80, firstOffset: 100, reason: 'rate' });
    expect(transcript.length).to.equal(160);
    const last = readFileSync(join(scratch.path, 'case', 'console.times'), 'utf8')
      .trim()
      .split('\n')
      .at(-1);
    expect(last).to.match(/^000000000100 \d{13} 0000000080$/);
    transcript.append(Buffer.from('e'), 1001);
    expect(readFileSync(join(scratch.path, 'case', 'console.times'), 'utf8')).to.match(
      /\n000000000160 \d{13} 0000000000\n$/,
    );
  });

  it('stops at the total, and notes what was dropped at the end', () => {
    create({ totalBytes: 100 });
    transcript.append(Buffer.alloc(150, 'a'), 0);
    transcript.append(Buffer.alloc(150, 'a'), 5000);
    transcript.close();
    expect(transcript.flood).to.deep.equal({ droppedBytes: 200, firstOffset: 100, reason: 'total' });
    expect(transcript.length).to.equal(100);
    expect(readFileSync(join(scratch.path, 'case', 'console.times'), 'utf8')).to.match(/ 0000000200\n$/);
  });

  it('shows the last line that says something, bounded and harmless', () => {
    create();
    expect(transcript.lastLine).to.equal('');
    transcript.append(Buffer.from('first\r\n\u001b[1msecond\u0007\u001b[0m\r\n\r\n'), 0);
    expect(transcript.lastLine).to.equal('second\\x07');
    transcript.append(Buffer.alloc(9000, 'x'), 1);
    expect(transcript.lastLine).to.have.length(500);
  });

  it('does not grow in memory with what it holds', () => {
    create();
    const chunk = Buffer.alloc(2 ** 20, 'y');
    const before = process.memoryUsage().arrayBuffers;
    for (let index = 0; index < 32; index += 1) transcript.append(chunk, index * 1000);
    expect(process.memoryUsage().arrayBuffers - before).to.be.below(8 * 2 ** 20);
  });

  it('never overwrites a transcript', () => {
    create();
    expect(() => Transcript.create(join(scratch.path, 'case'))).to.throw('EEXIST');
  });

  it('tells of a disk that takes no more instead of throwing at the port', () => {
    // /dev/full answers every write with ENOSPC.
    create();
    const log = (transcript as unknown as { log: number }).log;
    const full = openSync('/dev/full', 'w');
    Object.assign(transcript, { log: full });
    expect(transcript.append(Buffer.from('lost'), 1)).to.have.length(0);
    expect(transcript.failure).to.include({ code: 'transcript-write-failed', blame: 'bench' });
    Object.assign(transcript, { log });
    closeSync(full);
  });

  it('refuses to read once it is closed: the descriptor may be another file', () => {
    create();
    transcript.close();
    expect(() => transcript.read(0, 1)).to.throw('closed');
  });
});
