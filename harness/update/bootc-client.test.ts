import { expect } from 'chai';
import fc from 'fast-check';
import { Deadline } from '../device/deadline.ts';
import type { Shell } from '../device/shell.ts';
import { RecordedShell, recordingsOf } from '../../targets/simulated/recorded-shell.ts';
import { bootcClient, bootcRollbackScript, bootcStageScript, checkedReference } from './bootc-client.ts';

const soon = () => new Deadline('a recorded command', 2000);
const client = bootcClient((branch) => `10.0.2.2:5000/os:${branch.replace('bootproof/', '')}`);
const recorded = () =>
  new RecordedShell(recordingsOf('1.6.0'), {
    [bootcStageScript]: (parameters) => ['bootc', ...parameters],
    [bootcRollbackScript]: () => ['bootc', 'rollback'],
  });
const stage = (shell: RecordedShell, branch: string) =>
  client.stage(shell, { branch, url: 'not used', kargs: [], deadline: soon() });

async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  return work.then(
    () => undefined,
    (error: { code?: string }) => error.code,
  );
}

describe('bootc as an update client, on what a real bootc 1.6.0 printed', () => {
  it('sets no kernel arguments, and says so before it touches the device', async () => {
    const shell = recorded();
    const asked = client.stage(shell, { branch: 'v2', url: '', kargs: ['a=1'], deadline: soon() });
    expect(await codeOf(asked)).to.equal('no-kernel-arguments');
    expect(shell.state).to.equal('v1');
  });

  it('asks the device what it follows, unless that is known', async () => {
    const asked: string[] = [];
    const answer = async (argv: readonly string[]) => {
      asked.push(argv.join(' '));
      const stdout = Buffer.from('Waiting for sysroot lock...\n');
      return { exitCode: 0, signal: null, stdout, stderr: Buffer.alloc(0), durationMs: 1, truncated: false };
    };
    const busy = { run: answer, script: (_: string, parameters: readonly string[]) => answer(parameters) };
    const request = { branch: 'bootproof/v2', url: '', kargs: [], deadline: soon() };
    const known = await client.stage(busy as unknown as Shell, { ...request, switches: true });
    expect([known.exitCode, asked]).to.deep.equal([0, ['switch 10.0.2.2:5000/os:v2']]);
    // What 1.6.0 prints while an update holds the lock of the sysroot.
    expect(await codeOf(client.stage(busy as unknown as Shell, request))).to.equal('bootc-status-malformed');
    expect(asked.at(-1)).to.match(/^bootc status /);
  });

  it('rolls back to the system before alone, and says so before it touches the device', async () => {
    const shell = recorded();
    await stage(shell, 'bootproof/v2');
    shell.reboot();
    expect(await codeOf(client.rollback(shell, soon(), 2))).to.equal('no-rollback-to');
    expect(shell.state).to.equal('v2');
    expect(() => client.rollbackCommand?.(2)).to.throw(/deployment 2/);
    expect(client.rollbackCommand?.(1)).to.deep.equal(['bootc', 'rollback']);
  });

  it('refuses a reference that a shell or an option parser could take for something else', () => {
    for (const reference of [
      '--help',
      'os:v1;reboot',
      'a/b:$(id)',
      'a/b c',
      'os',
      '',
      'a/b:v1\n',
      `a/${'b'.repeat(600)}`,
    ])
      expect(() => checkedReference(reference), reference).to.throw(/Not an image reference/);
    for (const reference of ['quay.io/a/b', '10.0.2.2:5000/os:v1', `registry.test/a/b-c_d:t@sha256:${'0'.repeat(64)}`])
      expect(checkedReference(reference)).to.equal(reference);
  });

  it('property: what passes as a reference holds no character with a meaning to a shell', () => {
    fc.assert(
      fc.property(fc.string(), (tail) => {
        const reference = `registry.test/os:${tail}`;
        try {
          expect(checkedReference(reference)).to.match(/^[A-Za-z0-9.:/_@-]+$/);
        } catch (error) {
          expect((error as { code?: string }).code).to.equal('not-a-reference');
        }
      }),
    );
  });
});

describe('recorded shell', () => {
  it('refuses what was not recorded, in any form', async () => {
    const shell = recorded();
    const refused = [
      shell.run(['bootc', 'switch', '10.0.2.2:5000/os:other'], { deadline: soon() }),
      shell.run(['echo', 'hello'], { deadline: soon() }),
      shell.script('bootc status', [], { deadline: soon() }),
      shell.stream('ls')[Symbol.asyncIterator]().next(),
    ];
    for (const one of refused) expect(await codeOf(one)).to.equal('not-recorded');
  });

  it('answers only in the state in which it was recorded', async () => {
    const shell = recorded();
    const rollback = () => codeOf(client.rollback(shell, soon()));
    expect(await rollback()).to.equal('not-recorded');
    expect(() => shell.reboot()).to.throw(/Not recorded/);
    await stage(shell, 'bootproof/v2');
    expect(await rollback()).to.equal('not-recorded');
    shell.reboot();
    expect(await rollback()).to.equal(undefined);
  });
});
