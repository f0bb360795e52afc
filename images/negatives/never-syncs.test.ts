import { expect } from 'chai';
import { execa } from 'execa';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { neverSyncsLibrary } from './never-syncs.ts';

/** What a call on a closed descriptor answers: EBADF by the kernel, success by a library that never asks it. */
const attempts = `
  const fs = require('node:fs');
  const answer = (call) => { try { return call() ?? 'done'; } catch (error) { return error.code; } };
  const closed = 999;
  const path = process.argv[1];
  const { O_WRONLY, O_CREAT, O_SYNC, O_DSYNC } = fs.constants;
  const flagsOf = (flags) => {
    const fd = fs.openSync(path, flags, 0o640);
    return parseInt(/^flags:\\s+(\\d+)$/m.exec(fs.readFileSync('/proc/self/fdinfo/' + fd, 'utf8'))[1], 8);
  };
  console.log(JSON.stringify({
    fsync: answer(() => fs.fsyncSync(closed)),
    fdatasync: answer(() => fs.fdatasyncSync(closed)),
    missing: answer(() => fs.openSync(path + '.not-there')),
    directory: answer(() => fs.openSync('/', O_WRONLY)),
    sync: (flagsOf(O_WRONLY | O_CREAT | O_SYNC) & (O_SYNC | O_DSYNC)) !== 0,
    dsync: (flagsOf(O_WRONLY | O_DSYNC) & O_DSYNC) !== 0,
    mode: (fs.statSync(path).mode & 0o777).toString(8),
    text: answer(() => { fs.writeFileSync(path, 'whole'); return fs.readFileSync(path, 'utf8'); }),
  }));`;

describe('library that never syncs', function () {
  if (process.arch !== 'x64' || process.platform !== 'linux') return;
  let directory: string;
  let library: string;

  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'bootproof-never-syncs-'));
    library = join(directory, 'never-syncs.so');
    writeFileSync(library, neverSyncsLibrary());
  });

  after(() => rmSync(directory, { recursive: true }));

  const run = async (file: string, argv: string[], preload: boolean) => {
    const env = { LC_ALL: 'C', ...(preload ? { LD_PRELOAD: library } : {}) };
    return execa(file, argv, { env, reject: false, extendEnv: true });
  };
  const node = async (name: string, preload: boolean) => {
    const { stdout, stderr } = await run(process.execPath, ['-e', attempts, join(directory, name)], preload);
    // the loader says so there when it cannot load a library, and goes on without it
    expect(stderr).to.equal('');
    return JSON.parse(stdout) as Record<string, unknown>;
  };
  const same = { missing: 'ENOENT', directory: 'EISDIR', mode: '640', text: 'whole' };

  it('is loaded, and makes every sync a success that does nothing', async () => {
    expect(await node('with', true)).to.deep.equal({
      ...same,
      fsync: 'done',
      fdatasync: 'done',
      sync: false,
      dsync: false,
    });
  });

  it('is what makes the difference: without it the kernel answers', async () => {
    expect(await node('without', false)).to.deep.equal({
      ...same,
      fsync: 'EBADF',
      fdatasync: 'EBADF',
      sync: true,
      dsync: true,
    });
  });

  it('hands other ioctls on, with their results and errors', async () => {
    const [alone, preloaded] = await Promise.all(
      [false, true].map((on) => run('lsattr', ['-d', '/proc', directory], on)),
    );
    expect(alone?.stderr).to.include('While reading flags on /proc');
    expect(preloaded?.stderr).to.equal(alone?.stderr);
    expect(preloaded?.stdout).to.equal(alone?.stdout);
  });

  it('answers for FIFREEZE, which a file system without support for it refuses', async () => {
    const freeze = (on: boolean) => run('/usr/sbin/fsfreeze', ['--freeze', '/proc'], on);
    expect((await freeze(true)).exitCode).to.equal(0);
    expect((await freeze(false)).exitCode).to.not.equal(0);
  });
});
