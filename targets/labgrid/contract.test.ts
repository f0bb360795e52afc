import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SimulatedBoard, simulatedMeans } from '../board/fixtures/simulated-board.ts';
import type { BoardMeans } from '../board/means.ts';
import { BoardTarget } from '../board/target.ts';
import { runContract, targetContract } from '../contract/contract.ts';
import type { ContractBench } from '../contract/contract-run.ts';
import { contractCommands, contractIdentity, simulatedAdapts } from '../contract/simulated-bench.ts';
import { placeSwitch } from '../labgrid-bench.ts';
import { labgridOptions } from './options.ts';

const options = labgridOptions.parse({
  place: 'p1',
  hostAddress: '127.0.0.1',
  relay: false,
  identity: { kind: 'command', argv: ['serial'], is: 'SN-0001' },
  provision: { kind: 'commands', write: [['write', '{disk}']], verify: ['verify'] },
  lossModel: 'memory',
  offMs: 0,
  quietMs: 20,
});

/** What `labgrid-client power` does and says, in the words of labgrid 26.0. */
function fakeLease({ device }: SimulatedBoard, lie: { off?: 'ignored'; get?: 'as told' } = {}) {
  let told = device.isOn;
  return {
    place: 'p1',
    async command([, verb]: readonly string[]): Promise<string> {
      if (verb === 'get') return `power for place p1 is ${(lie.get ? told : device.isOn) ? 'on' : 'off'}\n`;
      told = verb === 'on';
      if (told) device.powerOn();
      else if (lie.off !== 'ignored') device.cut();
      return `Selected driver NetworkPowerDriver\n`;
    },
  };
}

describe('labgrid place', function () {
  this.timeout(20_000);
  let stateDir: string;
  before(() => (stateDir = mkdtempSync(join(tmpdir(), 'bootproof-place-'))));
  after(() => rmSync(stateDir, { recursive: true }));

  type Lie = (board: SimulatedBoard) => Partial<BoardMeans>;
  function make(board: SimulatedBoard, lie: Lie = () => ({})): BoardTarget {
    const wires = { power: placeSwitch(fakeLease(board)), ...lie(board) };
    const own = { ...options, ssh: { host: 'p1', port: 22, user: 'root' } };
    const means = simulatedMeans(board, contractCommands, wires);
    return new BoardTarget({ name: 'place-a', options: own, stateDir, kind: 'labgrid', means, cleanUpMs: 1000 });
  }
  const bench = (lie?: Lie) => async (): Promise<ContractBench> => {
    const board = new SimulatedBoard();
    const request = { disk: 'simulated', identity: contractIdentity(), inject: [] };
    return {
      target: make(board, lie),
      request,
      rival: () => make(board, lie),
      dead: () => ({ target: make(new SimulatedBoard('SN-0001', { neverBoots: true })), request }),
    };
  };

  targetContract('labgrid', bench(), { adapts: simulatedAdapts });

  const lies: [string, Lie, string, RegExp][] = [
    [
      'power that did not cut, and a lab that says so',
      (board) => ({ power: placeSwitch(fakeLease(board, { off: 'ignored' })) }),
      'switches off and on again',
      /^Power still not sensed off/,
    ],
    [
      'power that did not cut, and a lab that repeats what it was told',
      (board) => ({ power: placeSwitch(fakeLease(board, { off: 'ignored', get: 'as told' })) }),
      'switches off and on again',
      /^Same boot id after power off and on/,
    ],
    [
      'a place whose power is of another board',
      () => ({ power: placeSwitch(fakeLease(new SimulatedBoard('SN-0002'))) }),
      'gives console bytes from power-on',
      /^No console byte after power-on$/,
    ],
    [
      'a serial port that drops bytes',
      (board) => {
        const { console: good } = simulatedMeans(board);
        let count = 0;
        return {
          console: {
            ...good,
            lastByteMs: -Infinity,
            onData: (listener) =>
              good.onData((chunk, atMs) => listener((count += 1) % 50 === 0 ? chunk.subarray(1) : chunk, atMs)),
          },
        };
      },
      'gives the console of the device that the shell is on, whole',
      /^Console lost [1-9]\d* of 200 lines$/,
    ],
    [
      'a network service of another board',
      () => {
        const other = new SimulatedBoard('SN-0002');
        other.device.powerOn();
        const { openShell } = simulatedMeans(other, contractCommands);
        return { openShell };
      },
      'answers a fresh nonce over a new connection',
      /^Host key changed/,
    ],
  ];
  for (const [name, lie, caughtBy, reason] of lies)
    it(`fails the contract: ${name}`, async () => {
      const outcomes = await runContract(bench(lie), simulatedAdapts);
      const failed = outcomes.filter(({ status }) => status === 'failed');
      expect(failed.map(({ check }) => check)).to.deep.equal([caughtBy]);
      expect(failed[0]?.reason).to.match(reason);
    });
});
