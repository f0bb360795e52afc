import { openSync, writeSync, closeSync, writeFileSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { BenchError } from '../errors/harness-error.ts';
import { LogWriter } from './log-writer.ts';
import { checkRecording } from './recording-check.ts';
import { ScratchDirectory } from './scratch-directory.ts';

describe('recording held against its disk', () => {
  let scratch: ScratchDirectory;
  let recording: { basePath: string; logPath: string };
  let log: LogWriter;
  let disk: Buffer;
  beforeEach(() => {
    scratch = new ScratchDirectory();
    recording = { basePath: scratch.file('base.raw'), logPath: scratch.file('log') };
    disk = Buffer.alloc(3 << 20, 'base');
    writeFileSync(recording.basePath, disk);
    log = new LogWriter(recording.logPath);
    for (const [n, sector] of [0, 8, 4099].entries()) write(sector, 16, `write ${n}`);
    log.flush();
  });
  afterEach(() => {
    log.close();
    scratch.remove();
  });
  const write = (sector: number, sectors: number, text: string): void => {
    const data = Buffer.alloc(sectors * 512, text);
    log.write(sector, data);
    data.copy(disk, sector * 512);
  };
  const check = (): void => {
    writeFileSync(scratch.file('disk.raw'), disk);
    checkRecording(recording, scratch.file('disk.raw'));
  };

  it('agrees', () => expect(check).not.to.throw());

  it('with the payload of one write under the header of another', () => {
    const fd = openSync(recording.logPath, 'r+');
    writeSync(fd, Buffer.alloc(16 * 512, 'write 2'), 0, 16 * 512, 1024);
    closeSync(fd);
    // The second half of the first write is overwritten by the second.
    expect(check).to.throw(BenchError, '1 pages, the first at sector 0').and.include({ code: 'log-differs-from-disk' });
  });

  it('with a write that was not logged', () => {
    disk.fill('x', 2 << 20, (2 << 20) + 512);
    expect(check).to.throw(BenchError, 'replayed to its end (1 pages, the first at sector 4096)');
  });

  it('with writes in flight at the end, which only one of the two has', () => {
    log.write(100, Buffer.alloc(4096, 'late'));
    expect(check).not.to.throw();
    log.flush();
    expect(check).to.throw(BenchError, '2 pages');
    expect(readFileSync(recording.basePath).equals(disk)).to.equal(false);
  });
});
