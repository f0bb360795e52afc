import { existsSync } from 'node:fs';
import type { z } from 'zod';
import { Deadline } from '../harness/device/deadline.ts';
import type { Target } from '../harness/device/target.ts';
import type { BoardMeans } from './board/means.ts';
import { boardOwnOptions } from './board/options.ts';
import { BoardTarget } from './board/target.ts';
import { runCommand } from './means/power/command.ts';
import { makeSwitch } from './means/power/make-switch.ts';
import { powerOptions, type PowerOptions } from './means/power/options.ts';
import { Dialogue } from './means/serial/dialogue.ts';
import { makeSerialConsole } from './means/serial/open-console.ts';
import { serialOptions, type SerialOptions } from './means/serial/options.ts';
import { SerialShell } from './means/serial/serial-shell.ts';
import { openSshShell } from './means/ssh/login.ts';
import { BenchLock } from './qemu/bench-lock.ts';
import { copyDisk } from './qemu/disk-copy.ts';
import { injectFiles } from './qemu/file-injection.ts';

/** `options` of a bench file with `target: board`. */
export const boardOptions = boardOwnOptions.extend({ console: serialOptions, power: powerOptions });
export type BoardBenchOptions = z.infer<typeof boardOptions>;

/** Joins a board with what it is made of; nothing is opened yet. @throws UsageError `credentials-missing`. */
export function createBoardTarget(name: string, options: BoardBenchOptions, stateDir: string, use?: string): Target {
  return new BoardTarget({ name, options, stateDir, means: boardMeans(name, options, use) });
}

export function boardMeans(
  name: string,
  { console, power }: { console: SerialOptions; power: PowerOptions },
  use?: string,
): BoardMeans {
  return {
    console: makeSerialConsole(name, console),
    power: makeSwitch(power),
    openShell: openSshShell,
    dialogue: (port, options) => new Dialogue(port, options),
    consoleShell: (port, login, deadline) => SerialShell.login(port, login, deadline),
    takeBench: (stateDir, bench) => BenchLock.take(stateDir, bench, use),
    prepareDisk: async ({ disk, inject }, path, deadline) => {
      await copyDisk(disk, path, deadline);
      if (inject.length > 0) await injectFiles(path, inject, stateDirOf(path), deadline);
    },
    runCommand,
  };
}

/** What a bench needs of this host, looked at without switching anything: the console opens, the power is sensed. @throws BenchError. */
export async function probeBoard(name: string, options: BoardBenchOptions): Promise<{ name: string; found: string }[]> {
  const { console, power } = boardMeans(name, options);
  const deadline = new Deadline(`bench ${name}`, 10_000);
  await console.open(deadline);
  await console.close();
  const sensed = await power.sense(deadline);
  const { provision } = options;
  const storage = provision.kind === 'storage' ? provision.path : undefined;
  const shown = storage !== undefined && existsSync(storage) ? 'there' : 'not shown to this host at present';
  return [
    { name: 'console', found: `${options.console.kind} opens` },
    { name: 'power', found: `${power.name}: ${power.senses ? `sensed ${sensed}` : 'nothing senses it'}` },
    ...(storage === undefined ? [] : [{ name: 'storage', found: `${storage}: ${shown}` }]),
  ];
}

function stateDirOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
