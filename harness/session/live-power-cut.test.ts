import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanTransition, image } from '../judge/test-transition.ts';
import { keepDisk } from './kept-disk.ts';
import { positionAt, positionOf } from './live-power-cut.ts';

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

describe('where a live cut fell, once finalize had ended', () => {
  const old = cleanTransition({ fault: 'before-commit' });
  const attempts = (granted: number) => image('v2', { rollback: { kind: 'grub', attempts: granted } });
  const at = (phase: string, to = attempts(2)) => positionAt(phase, old.offline!, to);

  it('behind the commit, also where the disk shows none: an update that is lost then is lost', () => {
    expect(at('finalize')).to.equal('before-commit');
    expect(at('reboot')).to.equal('commit-flushed');
    expect(at('first-boot')).to.equal('commit-flushed');
  });

  it('by what the disk shows where the first boot was the only attempt', () => {
    expect(at('first-boot', attempts(1))).to.equal('before-commit');
    expect(at('reboot', attempts(1))).to.equal('commit-flushed');
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
