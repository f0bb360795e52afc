import { InternalError } from '../../../harness/errors/harness-error.ts';

/** Linux takes no single argument longer than this (MAX_ARG_STRLEN), and sshd hands the whole command to the login shell as one. */
const longestBytes = 128 * 1024 - 1;

/** A command for a POSIX shell that runs exactly this argv. @throws InternalError `argument-invalid`, `command-too-long`. */
export function quoteArgv(argv: readonly string[]): string {
  if (argv.length === 0 || argv.some((word) => word.includes('\0')))
    throw new InternalError('Empty argv, or a NUL in it', { code: 'argument-invalid' });
  const command = argv.map(quote).join(' ');
  const bytes = Buffer.byteLength(command);
  if (bytes > longestBytes)
    throw new InternalError(`Command of ${bytes} bytes, more than ${longestBytes}: ${argv[0]}`, {
      code: 'command-too-long',
      hint: 'send the data on stdin',
    });
  return command;
}

/** Inside single quotes nothing is special but the quote itself. */
function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
