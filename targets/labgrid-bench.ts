import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { Deadline } from '../harness/device/deadline.ts';
import type { Target } from '../harness/device/target.ts';
import { BenchError } from '../harness/errors/harness-error.ts';
import { boardMeans } from './board-bench.ts';
import type { BoardMeans, BoardSwitch } from './board/means.ts';
import { BoardTarget } from './board/target.ts';
import { LabgridLease } from './labgrid/lease.ts';
import type { LabgridOptions } from './labgrid/options.ts';
import { openRfc2217Line } from './means/serial/rfc2217-line.ts';
import { SerialConsole } from './means/serial/serial-console.ts';
import { openTcpLine } from './means/serial/tcp-line.ts';
import { openSshShell } from './means/ssh/login.ts';

/** A board at a place of a lab: its wires are known once the place is acquired. */
export function createLabgridTarget(name: string, options: LabgridOptions, stateDir: string, use?: string): Target {
  const placeDir = placeDirectory(name, options, stateDir);
  const lease = new LabgridLease(name, options, join(placeDir, 'held'));
  const host = options.place ?? 'a place of its tags';
  const own = { ...options, ssh: { host, port: 22, user: options.user } };
  return new BoardTarget({
    name,
    options: own,
    stateDir,
    kind: 'labgrid',
    means: labgridMeans(name, options, lease, placeDir, use),
  });
}

/** Where a place is locked on this host: one a place, whatever the bench files call it, so that two of them do not give back each other's lease. */
export function placeDirectory(name: string, { coordinator, place }: LabgridOptions, stateDir: string): string {
  const digest = createHash('sha256')
    .update(`${coordinator} ${place ?? name}`)
    .digest('hex');
  return join(dirname(dirname(stateDir)), 'places', `labgrid-${digest.slice(0, 16)}`);
}

function labgridMeans(
  name: string,
  options: LabgridOptions,
  lease: LabgridLease,
  placeDir: string,
  use: string | undefined,
): BoardMeans {
  const wires = { console: { kind: 'tcp', host: '', port: 1, ...pacing }, power: { kind: 'manual' } } as const;
  const board = boardMeans(name, wires, use);
  return {
    ...board,
    console: new SerialConsole(name, (deadline) => openPlaceLine(lease, deadline), pacing),
    power: placeSwitch(lease),
    openShell: (login, deadline, over) => {
      const { address, port, username } = lease.resource('NetworkService');
      const at = { host: String(address), port: Number(port ?? 22), user: String(username ?? options.user) };
      return openSshShell({ ...login, ...at }, deadline, over);
    },
    runCommand: (argv, deadline) =>
      board.runCommand(
        argv.map((word) => word.replaceAll('{place}', lease.place)),
        deadline,
      ),
    takeBench: async (stateDir, bench) => {
      // The bench's own folder too: the same file may be used for two places, and its images would lie in one.
      const locks: { free(): Promise<void> }[] = [];
      const free = async (): Promise<void> => {
        for (const lock of locks.splice(0).reverse()) await lock.free();
      };
      try {
        for (const directory of [stateDir, placeDir]) locks.push(await board.takeBench(directory, bench));
        await lease.acquire(new Deadline(`a place for ${bench}`, 110_000));
      } catch (error) {
        await free();
        throw error;
      }
      return { free: () => lease.release(new Deadline(`the release of ${bench}`, 20_000)).finally(free) };
    },
  };
}

const pacing = { chunkBytes: 16, pauseMs: 0 } as const;

function openPlaceLine(lease: LabgridLease, deadline: Deadline): ReturnType<typeof openTcpLine> {
  const { host, port, protocol, speed } = lease.resource('NetworkSerialPort');
  if (typeof host !== 'string' || !Number.isInteger(port))
    throw new BenchError(`Serial port without an address: place ${lease.place}`, { code: 'labgrid-resource-missing' });
  if (protocol === 'raw') return openTcpLine(host, port as number, deadline);
  return openRfc2217Line(host, port as number, Number(speed ?? 115_200), deadline);
}

/** labgrid tells what the outlet says. */
export function placeSwitch(lease: Pick<LabgridLease, 'place' | 'command'>): BoardSwitch {
  return {
    get name() {
      return `labgrid place ${lease.place}`;
    },
    senses: 'outlet',
    canReset: false,
    on: async (deadline) => void (await lease.command(['power', 'on'], deadline)),
    off: async (deadline) => void (await lease.command(['power', 'off'], deadline)),
    reset: () => Promise.reject(new BenchError('No reset line: labgrid', { code: 'capability-missing' })),
    sense: async (deadline) => {
      const said = await lease.command(['power', 'get'], deadline);
      return /\bis on\b/.test(said) ? 'on' : /\bis off\b/.test(said) ? 'off' : 'unknown';
    },
    close: async () => undefined,
  };
}
