import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { DeviceIdentity } from '../../harness/device/target.ts';
import type { CommandHandlers } from '../simulated/simulated-commands.ts';
import { SimulatedBench, SimulatedTarget } from '../simulated/simulated-target.ts';
import type { Adapts, ContractBench } from './contract-run.ts';
import type { Liar } from './lying.ts';
import { contractScripts } from './shell-checks.ts';

/** Milliseconds are long in memory. */
export const simulatedAdapts: Adapts = { bootMs: 2000, commandMs: 500, slackMs: 300 };

/** The contract's scripts, for a device in memory. */
export const contractCommands: CommandHandlers = {
  [contractScripts.bothStreams]: () => ({ exitCode: 7, stdout: 'out\n', stderr: 'err\n' }),
  [contractScripts.parameters]: ({ parameters }) => ({ stdout: parameters.map((word) => `[${word}]`).join('') }),
  [contractScripts.writeDurably]: ({ parameters: [content = '', path = ''], device }) => {
    device.disk.write(path, content);
    device.disk.sync();
    return {};
  },
  [contractScripts.count]: ({ parameters: [count] }) => ({
    stdout: Array.from({ length: Number(count) }, (_, index) => `${index + 1}\n`).join(''),
  }),
  [contractScripts.speakOnConsole]: ({ parameters: [nonce, count], device }) => {
    for (let index = 0; index < Number(count); index += 1) device.console.print(`${nonce}-${index}.\r\n`);
    return {};
  },
};

export function contractIdentity(): DeviceIdentity {
  const { publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const field = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  const encoded = Buffer.concat([field(Buffer.from('ssh-ed25519')), field(raw)]).toString('base64');
  return {
    machineId: randomBytes(16).toString('hex'),
    hostPrivateKey: '',
    hostPublicKey: `ssh-ed25519 ${encoded}`,
    authorizedKey: '',
    clientPrivateKey: '',
  };
}

/** `lie` turns each target of the bench into one that does not keep the contract. */
export function simulatedContractBench(lie: Liar['lie'] = (target) => target): ContractBench {
  const request = { disk: 'simulated', identity: contractIdentity(), inject: [] };
  const good = (bench: SimulatedBench) => new SimulatedTarget(bench, { commands: contractCommands });
  const target = (bench: SimulatedBench) => lie(good(bench), () => good(new SimulatedBench('simulated-other')));
  const bench = new SimulatedBench('simulated-a');
  return {
    target: target(bench),
    request,
    rival: () => target(bench),
    dead: () => ({ target: target(new SimulatedBench('simulated-dead', { neverBoots: true })), request }),
  };
}
