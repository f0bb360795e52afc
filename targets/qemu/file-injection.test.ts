import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Deadline } from '../../harness/device/deadline.ts';
import type { InjectedFile } from '../../harness/device/target.ts';
import { copyDisk } from './disk-copy.ts';
import { injectFiles } from './file-injection.ts';
import { makeGptDisk } from './fixtures/gpt-disk.ts';
import { checkSpace } from './host-space.ts';

const offset = 2 * 1024 * 1024;
const env = { ...process.env, PATH: `${process.env.PATH}:/sbin:/usr/sbin`, DEBUGFS_PAGER: 'cat' };
const soon = (): Deadline => new Deadline('a disk', 8000);

describe('provisioning a disk', () => {
  let golden: string;
  let directory: string;
  let disk: string;
  let work: string;
  before(async () => {
    golden = await mkdtemp(join(tmpdir(), 'bootproof-'));
    makeGptDisk(join(golden, 'disk.raw'), golden);
  });
  after(() => rm(golden, { recursive: true }));
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bootproof-'));
    disk = join(directory, 'disk.raw');
    work = await mkdtemp(join(directory, 'work-'));
    copyFileSync(join(golden, 'disk.raw'), disk);
  });
  afterEach(() => rm(directory, { recursive: true }));

  const debugfs = (command: string): string =>
    execFileSync('debugfs', ['-R', command, `${disk}?offset=${offset}`], { env, stdio: 'pipe' }).toString();
  const file = (change: Partial<InjectedFile> = {}): InjectedFile => ({
    label: 'root',
    path: '/etc/machine-id',
    content: 'ä0123\n',
    mode: 0o444,
    ...change,
  });
  const inject = (...files: InjectedFile[]): Promise<string> =>
    injectFiles(disk, files, work, soon()).then(
      () => 'injected',
      (error: { code: string }) => error.code,
    );

  it('writes new files and replaces old ones, owned by root, and leaves a file system without faults', async () => {
    const secret = file({ path: '/etc/host key', content: 'secret', mode: 0o600 });
    const replaced = file({ path: '/etc/motd', content: '', mode: 0o644 });
    expect(await inject(file(), secret, replaced)).to.equal('injected');
    expect(debugfs('cat /etc/machine-id')).to.equal('ä0123\n');
    expect(debugfs('cat "/etc/host key"')).to.equal('secret');
    expect(debugfs('cat /etc/motd')).to.equal('');
    expect(debugfs('stat "/etc/host key"'))
      .to.match(/Mode: {2}0600/)
      .and.match(/User: +0 +Group: +0/);
    execFileSync('e2fsck', ['-fn', `${disk}?offset=${offset}`], { env, stdio: 'pipe' });
    expect(await readdir(work)).to.deep.equal([]);
  });

  it('notices that debugfs could not write, though it says success', async () => {
    expect(await inject(file({ path: '/no/such/directory/file' }))).to.equal('inject-failed');
    expect(await inject(file({ content: 'x'.repeat(9 * 1024 * 1024) }))).to.equal('inject-failed');
    expect(await readdir(work)).to.deep.equal([]);
  });

  it('lets no path become another command', async () => {
    expect(await inject(file({ path: '/etc/a"\nrm /etc/motd' }))).to.equal('inject-failed');
    expect(debugfs('cat /etc/motd')).to.equal('as shipped\n');
  });

  it('does not write under a journal that is not replayed', async () => {
    execFileSync('debugfs', ['-w', '-R', 'feature needs_recovery', `${disk}?offset=${offset}`], { env, stdio: 'pipe' });
    expect(await inject(file())).to.equal('inject-failed');
    expect(debugfs('ls -p /etc')).not.to.include('machine-id');
  });

  it('names the labels that there are, and a disk without partitions', async () => {
    const error = await injectFiles(disk, [file({ label: 'boot' })], work, soon()).catch((thrown: unknown) => thrown);
    expect(error).to.deep.include({ code: 'no-such-label', details: { labels: ['root'] } });
    await writeFile(disk, Buffer.alloc(1024 * 1024));
    expect(await inject(file())).to.equal('no-partition-table');
  });

  it('says before copying that there is no space', async () => {
    await checkSpace(directory, disk, 1);
    const error = await checkSpace(directory, disk, 1e9).catch((thrown: unknown) => thrown);
    expect(error).to.include({ code: 'no-space' });
  });

  it('says why a copy failed', async () => {
    const missing = join(directory, 'missing.raw');
    const error = await copyDisk(missing, join(directory, 'copy.raw'), soon()).catch((thrown: unknown) => thrown);
    expect(error).to.include({ code: 'disk-copy-failed' });
    expect((error as Error).message).to.include('No such file or directory');
  });
});
