import { Command, CommanderError } from 'commander';
import { benchesCommand } from './benches.ts';
import { bisectCommand } from './bisect.ts';
import { campaignCommand } from './campaign.ts';
import { errorJson, errorText, exitCodeOfError } from './command-error.ts';
import { compareCommand } from './compare.ts';
import { consoleCommand } from './console.ts';
import { doctorCommand } from './doctor.ts';
import { withSystemFolders } from '../host/host-packages.mjs';
import { exploreCommand } from './explore.ts';
import { imagesCommand } from './images.ts';
import { keyCommand } from './key.ts';
import { planCommand } from './plan.ts';
import { pruneCommand } from './prune.ts';
import { qualifyCommand } from './qualify.ts';
import { replayCommand } from './replay.ts';
import { reportCommand } from './report.ts';
import { requirementsCommand } from './requirements.ts';
import { runCommand } from './run.ts';
import { toolVersion } from './tool.ts';
import { verifyCommand } from './verify.ts';

const examples = `
Examples:
  bootproof doctor                          is everything here that a run needs?
  bootproof plan                            what the profile "standard" would run
  bootproof run                             run it on two virtual machines of this host
  bootproof run interrupted/cut/boot-swap   one scenario
  bootproof run 'interrupted/**' --seed 7   a folder of scenarios, with the randomness of another run
  bootproof explore                         every crash state of one update, judged
  bootproof report last                     reports of the last run, even if it was killed

Exit codes:
  0  all passed      1  the product failed      2  wrong usage
  3  bench or harness failed, or nothing passed        4  aborted
`;

const commands = [
  doctorCommand,
  planCommand,
  runCommand,
  campaignCommand,
  exploreCommand,
  reportCommand,
  verifyCommand,
  replayCommand,
  bisectCommand,
  compareCommand,
  qualifyCommand,
  requirementsCommand,
  keyCommand,
  consoleCommand,
  benchesCommand,
  pruneCommand,
  imagesCommand,
];

/** @returns the exit code. Never throws. */
export async function main(argv: readonly string[]): Promise<number> {
  const debug = argv.includes('--debug');
  let code = 0;
  // debugfs and its like: Debian keeps them out of a user's PATH
  process.env['PATH'] = withSystemFolders(process.env['PATH']);
  const program = new Command('bootproof')
    .description('Shows, with evidence, whether an image-based Linux device survives its own updates.')
    .version(toolVersion())
    .option('--debug', 'show where an error comes from')
    .addHelpText('after', examples);
  const ended = (exitCode: number) => {
    code = exitCode;
  };
  for (const make of commands) program.addCommand(make(ended));
  for (const command of allOf(program)) {
    command.exitOverride().showHelpAfterError('(--help shows what there is)');
    if (command !== program) command.option('--debug', 'show where an error comes from');
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    // commander has printed it
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (argv.includes('--json')) process.stdout.write(`${JSON.stringify(errorJson(error), null, 2)}\n`);
    process.stderr.write(errorText(error, debug));
    return exitCodeOfError(error);
  }
}

function allOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap((child) => allOf(child))];
}
