import { expect } from 'chai';
import { execaNode } from 'execa';
import { spawnSync, type StdioOptions } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fakeRun } from '../run/fixtures/fake-run.ts';

const bin = fileURLToPath(new URL('../../bin/bootproof.mjs', import.meta.url));
const scenarios = fileURLToPath(new URL('../run/fixtures/scenarios', import.meta.url));

describe('bootproof', function () {
  this.timeout(180_000);
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bootproof-cli-'));
  });
  const bootproof = async (...argv: string[]) => {
    const env = { BOOTPROOF_CACHE: join(directory, 'cache') };
    const { exitCode, stdout, stderr } = await execaNode(bin, argv, {
      reject: false,
      cwd: directory,
      env,
      nodeOptions: [],
    });
    return { exitCode, stdout, stderr };
  };

  it('ends as it would have when nobody reads it any more', async () => {
    const asked = execaNode(bin, ['run', '--help'], { reject: false, buffer: { stdout: false }, nodeOptions: [] });
    asked.stdout.destroy();
    const { exitCode, stderr } = await asked;
    expect([exitCode, stderr]).to.deep.equal([0, '']);
  });

  it('does not say that the product failed when its output cannot be written', () => {
    const full = openSync('/dev/full', 'w');
    try {
      const ended = (argv: string[], stdio: StdioOptions) =>
        spawnSync(process.execPath, [bin, ...argv], { stdio, encoding: 'utf8' });
      const asked = ended(['key', '--help'], ['ignore', full, 'pipe']);
      expect(asked.status).to.equal(3);
      expect(asked.stderr).to.match(/^Output not written: ENOSPC/);
      expect(ended(['rnu'], ['ignore', 'pipe', full]).status).to.equal(2);
    } finally {
      closeSync(full);
    }
  });

  it('teaches: commands, examples and exit codes, and each command by examples of its own', async () => {
    const { exitCode, stdout } = await bootproof('--help');
    expect(exitCode).to.equal(0);
    for (const command of [
      'doctor',
      'plan',
      'run',
      'campaign',
      'report',
      'verify',
      'replay',
      'bisect',
      'qualify',
      'key',
      'console',
      'benches',
      'prune',
      'images',
    ])
      expect(stdout).to.match(new RegExp(`^ {2}${command} `, 'm'));
    expect(stdout).to.contain('Exit codes:');
    expect((await bootproof('run', '--help')).stdout).to.contain('bootproof run --profile nightly');
  });

  it('makes images of the suites that it knows', async () => {
    const { exitCode, stderr } = await bootproof('images', 'build', '--suite', 'bookworm');
    expect(exitCode).to.equal(2);
    expect(stderr)
      .to.match(/No images of the suite bookworm/)
      .and.match(/forky \(Debian 14/);
  });

  it('answers wrong usage with reason, object, hint and exit code 2, without a stack', async () => {
    const unknown = await bootproof('plan', '--scenarios', scenarios, 'interrupted/bot-swap');
    expect(unknown).to.include({ exitCode: 2, stdout: '' });
    expect(unknown.stderr).to.equal(
      'No such case on the command line: interrupted/bot-swap\n' +
        '  hint: did you mean interrupted/boot-swap, interrupted/boot-swap#1, interrupted/boot-swap#2?',
    );
    expect(await bootproof('run', '--seed', '-1')).to.include({ exitCode: 2 });
    expect((await bootproof('rnu')).exitCode).to.equal(2);
    const heldTwice = await bootproof('replay', 'last', 'update/update', '--hold', '--times', '2');
    expect(heldTwice).to.include({ exitCode: 2 });
    expect(heldTwice.stderr).to.contain('Held after one replay, not after 2: --hold');
    expect((await bootproof('plan', '--scenarios', scenarios, 'zz', '--debug')).stderr).to.contain('at select');
  });

  it('calls a file that cannot be read no defect of its own', async () => {
    const absent = join(directory, 'absent');
    for (const argv of [
      ['verify', directory],
      ['requirements', '--from', absent],
      ['explore', '--log', absent, '--disk', absent],
    ]) {
      const { exitCode, stderr } = await bootproof(...argv);
      expect([argv[0], exitCode]).to.deep.equal([argv[0], 2]);
      expect(stderr)
        .to.contain(argv[1] === directory ? directory : absent)
        .and.not.contain('defect');
    }
  });

  it('makes no run of a recording that is not there, and names each phase of a campaign once', async () => {
    expect((await bootproof('explore', '--recording', join(directory, 'absent'))).exitCode).to.equal(2);
    expect(await readdir(directory)).not.to.include('runs');
    const { stderr } = await bootproof('campaign', 'c', '--cuts', '3', '--phase', 'nope');
    const named = /there are (.*)$/m.exec(stderr)?.[1]?.split(', ') ?? [];
    expect(named).to.include('finalize');
    expect([...new Set(named)]).to.deep.equal(named);
  });

  it('refuses a key for what is not signed, and a report for what is a bundle', async () => {
    const signed = await bootproof('report', 'last', '--key', 'k.json');
    expect(signed.exitCode).to.equal(2);
    expect(signed.stderr).to.contain('--key').and.to.contain('--bundle FILE');
    const both = await bootproof('report', 'last', '--bundle', 'b.tar', '--format', 'junit');
    expect(both.exitCode).to.equal(2);
    expect(both.stderr).to.contain('--format');
  });

  it('plans for no image set that is not there', async () => {
    for (const images of ['nosuch', 'nosuch.yaml']) {
      const { exitCode, stdout, stderr } = await bootproof('plan', '--scenarios', scenarios, '--images', images);
      expect([exitCode, stdout]).to.deep.equal([2, '']);
      expect(stderr).to.contain(`No such image set: ${images}`);
    }
  });

  it('keeps a history apart from other images, and tells its first run to a script as JSON', async () => {
    const history = join(directory, 'history');
    await fakeRun({
      runDir: join(directory, 'runs', '20260101T000000Z-abcdef'),
      instances: 1,
      patterns: ['update'],
      options: {},
    });
    const first = await bootproof('compare', 'last', '--history', history, '--json');
    expect(JSON.parse(first.stdout)).to.deep.equal({ before: null, after: 'fake' });
    const digest = JSON.parse(await readFile(join(history, 'fake.run.json'), 'utf8')) as object;
    const other = { ...digest, run: 'other', at: '2020-01-01T00:00:00.000Z', imageSet: 'other' };
    await rm(join(history, 'fake.run.json'));
    await writeFile(join(history, 'other.run.json'), JSON.stringify(other));
    expect((await bootproof('compare', 'last', '--history', history)).exitCode).to.equal(2);
    expect(await readdir(history)).to.deep.equal(['other.run.json']);
  });

  it('shows every problem of a bench file at its place', async () => {
    const file = join(directory, 'b.yaml');
    await writeFile(file, 'name: qemu\ntarget: qemu\noptions:\n  memory: 5\n  accel: tgc\n');
    const { exitCode, stderr } = await bootproof('plan', '--bench', file, '--scenarios', scenarios);
    expect(exitCode).to.equal(2);
    expect(stderr).to.contain(`${file}:4:3: unknown key \`memory\`: did you mean memoryMiB?`);
    expect(stderr).to.contain(`${file}:5:10: `).and.to.contain('did you mean tcg');
  });

  it('plans without a device, the same for the same seed', async () => {
    const plan = () => bootproof('plan', '--scenarios', scenarios, '--profile', 'nightly', '--seed', '7', '--json');
    const [first, again] = [await plan(), await plan()];
    expect(first).to.deep.equal(again).and.include({ exitCode: 0, stderr: '' });
    const { cases, hash, lacking } = JSON.parse(first.stdout) as {
      cases: { case: string }[];
      hash: string;
      lacking: [];
    };
    expect(cases).to.have.length(6);
    expect(hash).to.match(/^[0-9a-f]{64}$/);
    expect(lacking).to.deep.equal([]);
    expect((await bootproof('plan', '--scenarios', scenarios, 'update')).stdout).to.match(/^update +qemu +UPD-001 /m);
  });

  it('reports on a run that was killed, and refuses a record that was changed', async () => {
    const runDir = join(directory, 'runs', '20260101T000000Z-abcdef');
    await fakeRun({ runDir, instances: 1, patterns: ['update'], options: {} });
    const whole = await bootproof('report', 'last', '--format', 'junit', '--json');
    expect(whole.exitCode).to.equal(0);
    expect(JSON.parse(whole.stdout)).to.deep.include({ code: 0, reason: '' });
    expect(await readdir(runDir)).to.include('junit.xml');
    await appendFile(join(runDir, 'record.jsonl'), '{"half a li');
    expect((await bootproof('report', '2026', '--format', 'html')).exitCode).to.equal(0);
    await appendFile(join(runDir, 'record.jsonl'), 'ne"}\n');
    const changed = await bootproof('report', runDir);
    expect(changed.exitCode).to.equal(2);
    expect(changed.stderr).to.contain('hint: the file was changed');
    expect((await bootproof('report', 'last', '--format', 'pdf')).stderr).to.match(/there are: .*html.*junit.*allure/);
  });

  it('tells by doctor what is missing, with exit code 3', async () => {
    const file = join(directory, 'b.yaml');
    await writeFile(file, 'name: q\ntarget: qemu\noptions: {binary: /nonexistent/qemu, accel: tcg}\n');
    const { exitCode, stdout } = await bootproof('doctor', '--bench', file, '--json');
    expect(exitCode).to.equal(3);
    const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: { name: string; state: string }[] };
    expect(ok).to.equal(false);
    expect(checks).to.deep.include.members([
      { name: 'node', state: 'ok', found: process.version },
      {
        name: 'qemu-missing',
        state: 'missing',
        found: 'No such program: /nonexistent/qemu',
        hint: 'apt install qemu-system-x86',
      },
    ]);
  });

  it('gives errors to scripts as JSON, and says which benches have a console', async () => {
    const { stdout } = await bootproof('plan', '--scenarios', scenarios, '--profile', 'nihgtly', '--json');
    expect(JSON.parse(stdout)).to.have.nested.include({ 'error.code': 'no-such-profile', 'error.blame': 'user' });
    const watching = await bootproof('console', '../../etc');
    expect(watching).to.include({ exitCode: 2 });
    expect(watching.stderr).to.match(/^In use by no run: bench/);
  });

  it('refuses to run scenarios under bare mocha, and names the command', async () => {
    const mocha = fileURLToPath(new URL('../../node_modules/mocha/bin/mocha.js', import.meta.url));
    const argv = ['--no-config', '--import=tsx/esm', join(scenarios, 'basic.ts')];
    const home = fileURLToPath(new URL('../..', import.meta.url));
    const { exitCode, stderr } = await execaNode(mocha, argv, { reject: false, cwd: home });
    expect(exitCode).to.equal(2);
    expect(stderr).to.match(/scenarios are run by `npx bootproof run update`, not by mocha$/);
  });
});
