import { Command } from 'commander';
import { connect } from 'node:net';
import { visibleText } from '../console/visible-text.ts';
import { UsageError } from '../errors/harness-error.ts';
import { consoleSocket } from '../run/console-feed.ts';
import { stateDirectory } from './compose.ts';

/** A line longer than this is shown in parts. */
const maxLineBytes = 4096;

const help = `
For looking only: what you type is not sent, so that nobody disturbs a case. Control sequences of the device are shown, not obeyed.

Example:
  bootproof console qemu-a
`;

export function consoleCommand(ended: (exitCode: number) => void): Command {
  return new Command('console')
    .description('Watch the console of a bench that a run is using')
    .argument('<bench>', 'name of the bench, as a run shows it: qemu-a')
    .addHelpText('after', help)
    .action(async (bench: string) => {
      await watch(bench, (line) => process.stdout.write(`${line}\n`));
      ended(0);
    });
}

/** Ends when the bench is released. @throws UsageError `bench-not-running`. */
async function watch(bench: string, show: (line: string) => void): Promise<void> {
  const directory = /^[a-z0-9][a-z0-9-]*$/.test(bench) ? stateDirectory(bench) : '/nonexistent';
  const socket = connect(consoleSocket(directory));
  let rest = Buffer.alloc(0);
  const take = (line: Buffer) => show(visibleText(line, maxLineBytes).replace(/(\\x0d)+$/, ''));
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (let at = rest.indexOf(10); at >= 0 || rest.length > maxLineBytes; at = rest.indexOf(10)) {
      const end = at >= 0 && at <= maxLineBytes ? at : maxLineBytes;
      take(rest.subarray(0, end));
      rest = rest.subarray(end === at ? end + 1 : end);
    }
  });
  await new Promise<void>((resolve, reject) => {
    socket.on('close', () => resolve());
    socket.on('error', (cause) =>
      reject(
        new UsageError(`In use by no run: bench ${bench}`, {
          code: 'bench-not-running',
          hint: 'a bench has a console while `bootproof run` uses it',
          cause,
        }),
      ),
    );
  });
  if (rest.length > 0) take(rest);
}
