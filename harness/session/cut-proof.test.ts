import { expect } from 'chai';
import { DeviceConsole } from '../console/console.ts';
import { FakePort } from '../console/fixtures/fake-port.ts';
import { scratchDirectory } from '../console/fixtures/scratch-directory.ts';
import { Transcript } from '../console/transcript.ts';
import { Deadline } from '../device/deadline.ts';
import type { CutReceipt } from '../device/power.ts';
import type { Shell, ShellResult } from '../device/shell.ts';
import type { Target } from '../device/target.ts';
import { BenchError } from '../errors/harness-error.ts';
import { proveCut } from './cut-proof.ts';

const receipt: CutReceipt = { kind: 'cut', lossModel: 'memory', at: '', proof: ['relay opened'], latencyMs: 1 };
const limits = { answerMs: 50, silenceMs: 50 };

describe('proof of a cut', () => {
  let scratch: ReturnType<typeof scratchDirectory>;
  let transcript: Transcript;
  let port: FakePort;
  let console: DeviceConsole;
  beforeEach(() => {
    scratch = scratchDirectory();
    transcript = Transcript.create(scratch.path);
    port = new FakePort();
    console = new DeviceConsole(port, transcript);
  });
  afterEach(() => {
    console.close();
    transcript.close();
    scratch.remove();
  });

  const run = (sensed: string, answer: (deadline: Deadline) => Promise<Partial<ShellResult>>) => {
    const target = { name: 'bench', power: { sense: () => Promise.resolve(sensed) } } as unknown as Target;
    const shell = {
      run: (_: readonly string[], { deadline }: { deadline: Deadline }) => answer(deadline),
    } as unknown as Shell;
    return proveCut({ target, console, shell }, receipt, new Deadline('the cut', 5000), limits);
  };
  const lost = () => Promise.resolve({ exitCode: null });
  const refusal = async (promise: Promise<unknown>): Promise<string> => {
    const error = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(BenchError).with.property('code', 'cut-not-proven');
    return (error as BenchError).message;
  };

  it('says what was seen when power, connection and console are gone', async () => {
    port.send('the last words\r\n');
    expect(await run('off', lost)).to.deep.equal([
      'power sensed off',
      'no answer on the open connection',
      'console silent for 50 ms',
    ]);
  });

  it('takes a connection that hangs for one that is gone', async () => {
    expect(await run('off', (deadline) => deadline.race(new Promise(() => undefined)))).to.have.length(3);
  });

  it('refuses a power that is sensed on, or not at all, whatever the receipt says', async () => {
    expect(await refusal(run('on', lost))).to.match(/sensed on/);
    expect(await refusal(run('unknown', lost))).to.match(/sensed unknown/);
  });

  it('refuses a device that answers, with any status, behind a sensor that says off', async () => {
    expect(await refusal(run('off', () => Promise.resolve({ exitCode: 0 })))).to.match(/answers/);
    expect(await refusal(run('off', () => Promise.resolve({ exitCode: 1 })))).to.match(/answers/);
    const no = new BenchError('Command refused', { code: 'channel-refused' });
    expect(await refusal(run('off', () => Promise.reject(no)))).to.match(/answers/);
  });

  it('refuses a console that goes on', async () => {
    const speaking = async () => {
      setImmediate(() => setImmediate(() => port.send('[   12.3] still here\r\n')));
      return lost();
    };
    expect(await refusal(run('off', speaking))).to.match(/bytes came on the console/);
  });
});
