import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanTransition } from '../judge/test-transition.ts';
import { keepDisk } from './kept-disk.ts';
import { positionOf } from './live-power-cut.ts';

describe('where a live cut fell', () => {
  const offline = (position: 'before-commit' | 'commit-flushed') => {
    const t = cleanTransition({ fault: position });
    return { seen: t.offline!, commit: t.to.commit };
  };

  it('before the commit when both views pick the old system, after it when both pick the new one', () => {
    for (const position of ['before-commit', 'commit-flushed'] as const) {
      const { seen, commit } = offline(position);
      expect(positionOf(seen, commit)).to.equal(position);
    }
  });

  it('between its issue and its flush when the views differ', () => {
    const { seen: old } = offline('before-commit');
    const { seen, commit } = offline('commit-flushed');
    expect(positionOf({ firmware: old.firmware, kernel: seen.kernel }, commit)).to.equal('commit-issued');
    expect(positionOf({ firmware: seen.firmware, kernel: old.kernel }, commit)).to.equal('commit-issued');
  });
});

describe('a disk that is kept', () => {
  it('is copied byte by byte, and its zeros take no room', () => {
    const directory = mkdtempSync(join(tmpdir(), 'bootproof-kept-'));
    try {
      const bytes = Buffer.alloc(9 * 1024 * 1024 + 512);
      bytes.write('first', 10);
      bytes.write('last', bytes.length - 4);
      const read = (offset: number, length: number) => bytes.subarray(offset, offset + length);
      keepDisk({ sizeBytes: bytes.length, read, close: () => undefined }, join(directory, 'disk.raw'));
      expect(readFileSync(join(directory, 'disk.raw')).equals(bytes)).to.equal(true);
      expect(statSync(join(directory, 'disk.raw')).blocks * 512).to.be.below(bytes.length);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
