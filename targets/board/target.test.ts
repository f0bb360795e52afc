import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Deadline } from '../../harness/device/deadline.ts';
import type { HarnessError } from '../../harness/errors/harness-error.ts';
import { runContract, targetContract } from '../contract/contract.ts';
import type { ContractBench } from '../contract/contract-run.ts';
import { liars } from '../contract/lying.ts';
import { contractCommands, contractIdentity, simulatedAdapts } from '../contract/simulated-bench.ts';
import { SimulatedBoard, simulatedMeans, simulatedSwitch } from './fixtures/simulated-board.ts';
import type { BoardMeans } from './means.ts';
import { boardOwnOptions } from './options.ts';
import { BoardTarget } from './target.ts';

const options = boardOwnOptions.parse({
  ssh: { host: '127.0.0.1' },
  hostAddress: '127.0.0.1',
  relay: false,
  identity: { kind: 'command', argv: ['serial'], is: 'SN-0001' },
  provision: { kind: 'commands', write: [['write', '{disk}']], verify: ['verify'] },
  lossModel: 'memory',
  offMs: 0,
  quietMs: 20,
});
const soon = (): Deadline => new Deadline('the board', 5000);
const failure = async (promise: Promise<unknown>): Promise<HarnessError> =>
  promise.then(
    () => new Error('nothing was thrown') as unknown as HarnessError,
    (error: unknown) => error as HarnessError,
  );

describe('board', () => {
  let stateDir: string;
  before(() => (stateDir = mkdtempSync(join(tmpdir(), 'bootproof-board-'))));
  after(() => rmSync(stateDir, { recursive: true }));

  function make(
    board: SimulatedBoard,
    instead: Partial<BoardMeans> = {},
    changed: Partial<typeof options> = {},
    commandMs?: number,
  ): BoardTarget {
    const means = simulatedMeans(board, contractCommands, instead);
    return new BoardTarget({
      name: 'board-a',
      options: { ...options, ...changed },
      stateDir,
      means,
      cleanUpMs: 1000,
      commandMs,
    });
  }

  type Lie = (board: SimulatedBoard) => Partial<BoardMeans>;
  const bench =
    (lie: Lie = () => ({})) =>
    async (): Promise<ContractBench> => {
      const board = new SimulatedBoard();
      const dead = new SimulatedBoard('SN-0001', { neverBoots: true });
      const request = { disk: 'simulated', identity: contractIdentity(), inject: [] };
      return {
        target: make(board, lie(board)),
        request,
        rival: () => make(board, lie(board)),
        dead: () => ({ target: make(dead), request }),
      };
    };

  targetContract('board', bench(), { adapts: simulatedAdapts });

  describe('whose wires lie', () => {
    const lies: [string, Lie, string, RegExp][] = [
      [
        'power that did not cut, and a sensor that says so',
        ({ device }) => ({ power: { ...simulatedSwitch(device), off: async () => undefined } }),
        'switches off and on again',
        /^Power still not sensed off/,
      ],
      [
        'power that did not cut, and a sensor that says it was',
        ({ device }) => {
          let told: 'on' | 'off' = 'off';
          return {
            power: {
              ...simulatedSwitch(device),
              on: async () => {
                told = 'on';
                device.powerOn();
              },
              off: async () => void (told = 'off'),
              sense: async () => told,
            },
          };
        },
        'switches off and on again',
        /^Same boot id after power off and on/,
      ],
      [
        'a console that drops bytes',
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
        'a shell that answers for another host',
        () => {
          const other = new SimulatedBoard('SN-0002');
          const means = simulatedMeans(other, contractCommands);
          other.device.powerOn();
          return { openShell: (login, deadline, over) => means.openShell(login, deadline, over) };
        },
        'answers a fresh nonce over a new connection',
        /^Host key changed/,
      ],
    ];
    for (const [name, lie, caughtBy, reason] of lies)
      it(`fails the contract: ${name}`, async function () {
        this.timeout(20_000);
        const outcomes = await runContract(bench(lie), { ...simulatedAdapts, commandMs: 500 });
        const failed = outcomes.filter(({ status }) => status === 'failed');
        expect(failed.map(({ check }) => check)).to.deep.equal([caughtBy]);
        expect(failed[0]?.reason).to.match(reason);
      });
  });

  it('passes where the lies of the contract are laid over it, each caught by the same check', async function () {
    this.timeout(30_000);
    const chosen = liars.filter(({ name }) => /^power that was not cut$|drops bytes|another host/.test(name));
    expect(chosen.length).to.be.greaterThan(1);
    for (const { lie, caughtBy } of chosen) {
      const outcomes = await runContract(async () => {
        const good = await bench()();
        return { ...good, target: lie(good.target, () => make(new SimulatedBoard())) };
      }, simulatedAdapts);
      expect(outcomes.filter(({ status }) => status === 'failed').map(({ check }) => check)).to.deep.equal([caughtBy]);
    }
  });

  const request = () => ({ disk: 'simulated', identity: contractIdentity(), inject: [] });

  it('writes nothing to another board', async () => {
    const board = new SimulatedBoard('SN-0002');
    const target = make(board);
    await target.acquire(soon());
    expect(await failure(target.provision(request(), soon()))).to.include({
      code: 'wrong-board',
      message: 'Another board is there ("SN-0002", not SN-0001): board-a',
    });
    expect(board.ran).to.deep.equal([['serial']]);
    await target.release({ keep: false });
  });

  it('does not take a board for another one that says nothing of itself', async () => {
    const board = new SimulatedBoard('');
    const target = make(board);
    await target.acquire(soon());
    expect(await failure(target.provision(request(), soon()))).to.include({
      code: 'board-not-identified',
      message: 'It does not say who it is (command): board board-a',
      hint: 'nothing was written; it answered, with nothing',
    });
    expect(board.ran).to.deep.equal([['serial']]);
    await target.release({ keep: false });
  });

  it('asks again who it is when the console was unplugged in between', async () => {
    const board = new SimulatedBoard();
    const target = make(board);
    await target.acquire(soon());
    await target.provision(request(), soon());
    await target.provision(request(), soon());
    expect(board.ran.filter(([name]) => name === 'serial')).to.have.length(1);
    board.interruptions.push({ at: '', reason: 'unplugged' });
    await target.provision(request(), soon());
    expect(board.ran.filter(([name]) => name === 'serial')).to.have.length(2);
    await target.release({ keep: false });
  });

  it('does not take a cut for proven while the console talks', async () => {
    const board = new SimulatedBoard();
    const target = make(board, {}, { quietMs: 50 });
    await target.acquire(soon());
    await target.provision(request(), soon());
    await target.power.on(soon());
    const chatter = setInterval(() => board.device.console.print('another board talks\r\n'), 5);
    try {
      const error = await failure(target.power.cut(new Deadline('the cut', 1000)));
      expect(error.code).to.match(/cut-not-proven|deadline/);
      const error2 = await failure(target.power.cut(soon()));
      expect(error2).to.include({ code: 'device-off' });
    } finally {
      clearInterval(chatter);
      await target.release({ keep: false });
    }
  });

  it('does not take a cut for proven by the silence of a console that nobody heard', async () => {
    const board = new SimulatedBoard();
    let told: 'on' | 'off' = 'off';
    // The outlet is another board's, and the adapter of the console is unplugged.
    const power = {
      ...simulatedSwitch(board.device),
      on: async () => void ((told = 'on'), board.device.powerOn()),
      off: async () => void (told = 'off'),
      sense: async () => told,
    };
    const target = make(board, { power });
    await target.acquire(soon());
    await target.power.on(soon());
    board.interruptions.push({ at: '', reason: 'unplugged' });
    const error = await failure(target.power.cut(soon()));
    expect(error).to.include({ code: 'cut-not-proven' });
    expect(error.message).to.match(/^Nobody hears the console/);
    board.interruptions.pop();
    // An adapter that the board feeds goes with the power: that is seen, and said.
    power.off = async () => {
      told = 'off';
      board.device.cut();
      board.interruptions.push({ at: '', reason: 'unplugged' });
    };
    const { proof } = await target.power.cut(soon());
    expect(proof.at(-1)).to.equal('console gone with the power (unplugged)');
    await target.release({ keep: false });
  });

  it('blames the bench for a power command that does not end', async () => {
    const board = new SimulatedBoard();
    const good = simulatedSwitch(board.device);
    const never = () => new Promise<never>(() => undefined);
    const hangs = { on: false, off: false, reset: false, sense: false };
    const power = {
      ...good,
      on: (deadline: Deadline) => (hangs.on ? deadline.race(never()) : good.on(deadline)),
      off: (deadline: Deadline) => (hangs.off ? deadline.race(never()) : good.off(deadline)),
      reset: (deadline: Deadline) => (hangs.reset ? deadline.race(never()) : good.reset(deadline)),
      sense: (deadline: Deadline) => (hangs.sense ? deadline.race(never()) : good.sense(deadline)),
    };
    const target = make(board, { power }, {}, 50);
    await target.acquire(soon());
    hangs.on = true;
    expect(await failure(target.power.on(soon()))).to.include({ code: 'power-command-failed' });
    hangs.on = false;
    await target.power.on(soon());
    for (const step of ['off', 'reset', 'sense'] as const) {
      hangs[step] = true;
      expect(await failure(target.power[step](soon())), step).to.include({ code: 'power-command-failed' });
      hangs[step] = false;
      if (!board.device.isOn) await target.power.on(soon());
    }
    // The time of the case itself says nothing of the bench.
    hangs.off = true;
    expect(await failure(target.power.off(new Deadline('the case', 20)))).to.include({ code: 'deadline' });
    hangs.off = false;
    await target.release({ keep: false });
  });

  it('keeps a board without power for as long as its file says', async () => {
    const board = new SimulatedBoard();
    const target = make(board, {}, { offMs: 150 });
    await target.acquire(soon());
    await target.provision(request(), soon());
    await target.power.on(soon());
    const receipt = await target.power.cut(soon());
    await target.power.on(soon());
    expect(Date.now() - Date.parse(receipt.at)).to.be.at.least(150);
    await target.release({ keep: false });
  });

  it('does not count the time without power against the limit of the step that switches on', async () => {
    const board = new SimulatedBoard();
    const target = make(board, {}, { offMs: 400 });
    await target.acquire(soon());
    await target.power.on(soon());
    const { at } = await target.power.cut(soon());
    await target.power.on(new Deadline('power-on', 200));
    expect(Date.now() - Date.parse(at)).to.be.at.least(400);
    await target.release({ keep: false });
  });

  it('takes another time without power after each cut, in turn, and the longest after anything else', async () => {
    const board = new SimulatedBoard();
    const target = make(board, {}, { offMs: [20, 120] });
    await target.acquire(soon());
    await target.provision(request(), soon());
    const times: number[] = [];
    for (let n = 0; n < 3; n++) {
      await target.power.on(soon());
      const { offMs, at } = await target.power.cut(soon());
      await target.power.on(soon());
      expect(Date.now() - Date.parse(at)).to.be.at.least(offMs!);
      times.push(offMs!);
      const fromMs = performance.now();
      await target.power.off(soon());
      await target.power.on(soon());
      expect(performance.now() - fromMs).to.be.at.least(120);
      await target.power.off(soon());
    }
    expect(times).to.deep.equal([20, 120, 20]);
    await target.release({ keep: false });
  });

  it('offers a cut only where something sees it', () => {
    const board = new SimulatedBoard();
    const blind = (senses: 'person' | undefined) =>
      make(board, { power: { ...simulatedSwitch(board.device), senses } });
    expect([...make(board).capabilities]).to.include('power.cut');
    expect([...blind(undefined).capabilities]).to.not.include('power.cut');
    expect([...blind('person').capabilities]).to.not.include('power.cut');
  });

  it('leaves the bench free when its console does not open', async () => {
    const board = new SimulatedBoard();
    const { console: good } = simulatedMeans(board);
    const target = make(board, { console: { ...good, open: () => Promise.reject(new Error('no such tty')) } });
    await failure(target.acquire(soon()));
    expect(board.owner).to.equal(undefined);
  });
});
