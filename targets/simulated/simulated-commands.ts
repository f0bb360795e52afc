import type { SimulatedDevice } from './simulated-device.ts';

interface SimulatedCall {
  /** Without the command's own name; a script's parameters. */
  readonly parameters: readonly string[];
  readonly stdin: Buffer;
  readonly device: SimulatedDevice;
  /** Fires when the boot ends or the caller's deadline does: a command that waits stops then. */
  readonly signal: AbortSignal;
}

export interface SimulatedResult {
  readonly exitCode?: number;
  readonly stdout?: Buffer | string;
  readonly stderr?: Buffer | string;
}

/** Answers one command. `{}` is success without output. */
export type CommandHandler = (call: SimulatedCall) => SimulatedResult | Promise<SimulatedResult>;

/** By name of the program (argv[0]), or by the whole text of a script. */
export type CommandHandlers = Readonly<Record<string, CommandHandler>>;

/** The few commands that every device has. What a test needs beyond them it brings itself. */
export const standardCommands: CommandHandlers = {
  true: () => ({}),
  false: () => ({ exitCode: 1 }),
  echo: ({ parameters }) => ({ stdout: `${parameters.join(' ')}\n` }),
  printf: ({ parameters: [format = '', ...words] }) => ({ stdout: formatAll(format, words) }),
  cat: ({ parameters: [path], stdin, device }) => {
    if (path === undefined) return { stdout: stdin };
    if (path === '/proc/sys/kernel/random/boot_id') return { stdout: `${device.bootId ?? ''}\n` };
    const content = device.disk.read(path);
    return content ? { stdout: content } : { exitCode: 1, stderr: `cat: ${path}: No such file or directory\n` };
  },
  head: ({ parameters: [, count = '0', path] }) =>
    path === '/dev/zero' ? { stdout: Buffer.alloc(Number(count)) } : { exitCode: 1, stderr: 'head: not simulated\n' },
  sync: ({ device }) => {
    device.disk.sync();
    return {};
  },
  sleep: async ({ parameters: [seconds = '0'], signal }) => {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Number(seconds) * 1000);
      const stop = () => (clearTimeout(timer), resolve());
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    });
    return {};
  },
};

/** printf(1) with %s alone: the format is used again until the words are used up. */
function formatAll(format: string, words: readonly string[]): string {
  const slots = format.split('%s').length - 1;
  const rounds = slots === 0 ? 1 : Math.max(1, Math.ceil(words.length / slots));
  let next = 0;
  return Array.from({ length: rounds }, () => format.replaceAll('%s', () => words[next++] ?? '')).join('');
}
