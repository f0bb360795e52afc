import { expect } from 'chai';
import { logFlags } from '../blocklog/log-format.ts';
import { writesByPhase } from './update-writes.ts';

const write = (index: number, dataLength: number) => ({ index, dataLength, flags: 0 });
const flush = (index: number) => ({ index, dataLength: 0, flags: logFlags.flush });

describe('writes of an update', () => {
  it('stand in the phase in which they were made, and in the total', () => {
    // Mark 0 begins the pull, entry 3 is beside every phase.
    const entries = [write(0, 512), write(1, 4096), flush(2), write(3, 8192), write(4, 1024), flush(5), flush(6)];
    const { total, phases } = writesByPhase(entries, [
      { phase: 'pull', from: 1, to: 3 },
      { phase: 'stage', from: 4, to: 6 },
      { phase: 'pull', from: 6, to: 8 },
    ]);
    expect(total).to.deep.equal({ writtenBytes: 512 + 4096 + 8192 + 1024, flushes: 3 });
    expect(phases).to.deep.equal({
      pull: { writtenBytes: 4096, flushes: 2 },
      stage: { writtenBytes: 1024, flushes: 1 },
    });
  });

  it('does not take a discard or a mark for a flush', () => {
    const entries = [{ index: 0, dataLength: 0, flags: logFlags.discard }];
    expect(writesByPhase(entries, []).total).to.deep.equal({ writtenBytes: 0, flushes: 0 });
  });
});
