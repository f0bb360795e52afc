import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSshKey } from './ssh-key.ts';

describe('makeSshKey', () => {
  it('makes a key whose private half ssh-keygen reads, with the public half that stands beside it', function () {
    const directory = mkdtempSync(join(tmpdir(), 'key-'));
    try {
      const key = makeSshKey('a comment');
      const path = join(directory, 'key');
      writeFileSync(path, key.privateKey, { mode: 0o600 });
      let said: string;
      try {
        said = execFileSync('ssh-keygen', ['-y', '-f', path], { encoding: 'utf8' });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') this.skip();
        throw error;
      }
      expect(said.trim().split(' ').slice(0, 2)).to.deep.equal(key.publicKey.split(' ').slice(0, 2));
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('never makes the same key twice', () => {
    expect(makeSshKey('x').publicKey).not.to.equal(makeSshKey('x').publicKey);
  });
});
