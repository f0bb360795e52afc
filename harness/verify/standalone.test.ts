import { spawnSync, type StdioOptions } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import { oraclesDigest } from '../bundle/oracle-sources.ts';
import { smallOracles, writeSmallBundle } from './fixtures/small-bundle.ts';
import { writeSmallRun } from './fixtures/small-run.ts';
import { writeStandaloneVerifier } from './standalone.ts';

describe('the verifier beside a bundle', () => {
  let dir: string;
  let empty: string;
  before(async function () {
    this.timeout(60_000);
    dir = mkdtempSync(join(tmpdir(), 'standalone-'));
    empty = join(dir, 'empty');
    mkdirSync(empty);
    const bundle = await writeSmallBundle(dir, await writeSmallRun(join(dir, 'run')));
    writeFileSync(join(empty, 'bundle.tar'), readFileSync(bundle));
    await writeStandaloneVerifier(join(empty, 'bundle.verify.mjs'), oraclesDigest(smallOracles));
  });
  after(() => rmSync(dir, { recursive: true }));

  const verify = (...argv: string[]) =>
    execa(process.execPath, ['bundle.verify.mjs', ...argv], { cwd: empty, env: {}, extendEnv: false, reject: false });

  it('needs Node and nothing else', async function () {
    this.timeout(60_000);
    expect(readdirSync(empty)).to.have.length(2);
    const { exitCode, stdout, stderr } = await verify('bundle.tar');
    expect(stderr).to.equal('');
    expect(exitCode).to.equal(0);
    expect(stdout).to.contain('judged again').and.to.contain('Sound: bundle.tar').and.to.contain('not compliance');
  });

  it('does not call a bundle unsound because its own output cannot be written', function () {
    this.timeout(60_000);
    const full = openSync('/dev/full', 'w');
    try {
      const stdio: StdioOptions = ['ignore', full, 'pipe'];
      const ended = spawnSync(process.execPath, ['bundle.verify.mjs', 'bundle.tar'], { cwd: empty, stdio });
      expect(ended.status).to.equal(2);
      expect(String(ended.stderr)).to.match(/^Output not written: ENOSPC/);
    } finally {
      closeSync(full);
    }
  });

  it('says no: to a changed bundle, to none, and to a wrong call', async function () {
    this.timeout(60_000);
    const bytes = readFileSync(join(empty, 'bundle.tar'));
    writeFileSync(
      join(empty, 'changed.tar'),
      bytes.toString('latin1').replace('boot of update/good', 'boot of update/evil'),
      'latin1',
    );
    const changed = await verify('changed.tar');
    expect(changed.exitCode).to.equal(1);
    expect(changed.stdout).to.contain('Changed: attachments/update_good/console.log');
    expect((await verify('absent.tar')).exitCode).to.equal(2);
    expect((await verify()).stderr).to.match(/^usage: /);
  });
});
