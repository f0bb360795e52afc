import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transcript } from '../console/transcript.ts';
import { phaseSpans, phaseTimes, timedMarks } from './phase-times.ts';

describe('times of phases', () => {
  it('are those between the marks on the console', () => {
    const directory = mkdtempSync(join(tmpdir(), 'phase-times-'));
    const transcript = Transcript.create(join(directory, 'console'));
    try {
      const say = (text: string, atMs: number): void => void transcript.append(Buffer.from(text), atMs);
      say('bootproof-mark 0 pull begin\r\n', 1000);
      const from = transcript.length;
      say('bootproof-mark 1 pull begin\r\nlayers already present: 1\r\n', 2000);
      say('bootproof-mark 2 pull end\r\nbootproof-mark 3 stage begin\r\n', 5000);
      say('bootproof-mark 4 stage end\r\n', 5500);
      const spans = phaseSpans(timedMarks(transcript, from));
      expect(phaseTimes(spans)).to.deep.equal({ pull: 3000, stage: 500 });
    } finally {
      transcript.close();
      rmSync(directory, { recursive: true });
    }
  });

  it('are not made up for a phase that has no begin or no end', () => {
    const marks = [
      { phase: 'pull', edge: 'end', epochMs: 1 },
      { phase: 'stage', edge: 'begin', epochMs: 2 },
      { phase: 'stage', edge: 'begin', epochMs: 10 },
      { phase: 'stage', edge: 'end', epochMs: 14 },
      { phase: 'finalize', edge: 'begin', epochMs: 20 },
    ];
    expect(phaseTimes(phaseSpans(marks))).to.deep.equal({ stage: 4 });
  });

  it('of a phase that came twice have two begins, and are added up', () => {
    const twice = [0, 5, 20, 22].map((epochMs, n) => ({ phase: 'pull', edge: n % 2 === 0 ? 'begin' : 'end', epochMs }));
    expect(phaseSpans(twice)).to.deep.equal([
      { phase: 'pull', startedAt: '1970-01-01T00:00:00.000Z', durationMs: 5 },
      { phase: 'pull', startedAt: '1970-01-01T00:00:00.020Z', durationMs: 2 },
    ]);
    expect(phaseTimes(phaseSpans(twice))).to.deep.equal({ pull: 7 });
  });
});
