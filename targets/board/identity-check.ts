import type { ConsolePort } from '../../harness/device/console.ts';
import type { Deadline } from '../../harness/device/deadline.ts';
import { BenchError, DeadlineError, UsageError } from '../../harness/errors/harness-error.ts';
import type { BoardMeans } from './means.ts';
import type { BoardIdentity, UBootOptions } from './options.ts';
import { UBootPrompt } from './u-boot.ts';

export interface IdentityCheck {
  readonly name: string;
  readonly identity: BoardIdentity;
  readonly uBoot: UBootOptions;
  /** The console itself, not the gated one. */
  readonly port: ConsolePort;
  readonly means: BoardMeans;
  readonly powerOn: (deadline: Deadline) => Promise<void>;
}

/** From power-on to what the firmware prints about itself; a login takes a boot. */
const speakMs = 60_000;

/**
 * Asks the board who it is. What is on its storage may be anything, so the firmware is the one to ask where it answers.
 * Leaves the power as it comes: the caller switches off. @throws BenchError `wrong-board`, `board-not-identified`.
 */
export async function checkIdentity(check: IdentityCheck, deadline: Deadline): Promise<void> {
  const { identity, name } = check;
  if (identity.kind === 'unchecked') return;
  const found = await ask(check, deadline).catch((error: unknown) => {
    if (!(error instanceof DeadlineError)) throw error;
    deadline.check();
    throw notIdentified(check, 'is it this board, at this baud, and is it powered?', error);
  });
  if (found === '') throw notIdentified(check, 'it answered, with nothing');
  if (found === identity.is) return;
  throw new BenchError(`Another board is there (${printable(found)}, not ${identity.is}): ${name}`, {
    code: 'wrong-board',
    hint: 'nothing was written; check the cables, or `identity` in the bench file',
    details: { found: printable(found), expected: identity.is },
  });
}

function notIdentified({ identity, name }: IdentityCheck, hint: string, cause?: DeadlineError): BenchError {
  const what = identity.kind === 'u-boot' ? `u-boot, ${identity.variable}` : identity.kind;
  return new BenchError(`It does not say who it is (${what}): board ${name}`, {
    code: 'board-not-identified',
    hint: `nothing was written; ${hint}`,
    ...(cause ? { details: cause.details, cause } : {}),
  });
}

async function ask(check: IdentityCheck, deadline: Deadline): Promise<string> {
  const { identity, name, port, means, powerOn } = check;
  const part = deadline.within(`the identity of ${name}`, speakMs);
  switch (identity.kind) {
    case 'unchecked':
      return '';
    case 'command':
      return (await means.runCommand(identity.argv, part)).trim();
    case 'console': {
      const pattern = new RegExp(identity.pattern);
      const dialogue = means.dialogue(port, { name, prompt: pattern });
      try {
        await powerOn(part);
        // Up to the end of its line: a number that is still being printed is another one.
        const found = await dialogue.expect((heard) => pattern.exec(heard.slice(0, heard.lastIndexOf('\n') + 1)), part);
        return found[1] ?? found[0];
      } finally {
        dialogue.close();
      }
    }
    case 'u-boot': {
      const prompt = await UBootPrompt.stop(port, name, check.uBoot, means, () => powerOn(part), deadline);
      try {
        return (await prompt.variable(identity.variable, part)) ?? '';
      } finally {
        prompt.close();
      }
    }
    case 'login': {
      await powerOn(part);
      const password = identity.password === undefined ? undefined : passwordFrom(identity.password);
      const login = deadline.within(`a console login on ${name}`, 4 * speakMs);
      const shell = await means.consoleShell(port, { name, user: identity.user, password }, login);
      try {
        const { output } = await shell.run(identity.argv, login);
        return output
          .toString('utf8')
          .replace(/\u0000/g, '')
          .trim();
      } finally {
        shell.close();
      }
    }
  }
}

function passwordFrom(variable: string): string {
  const password = process.env[variable];
  if (password === undefined)
    throw new UsageError(`Not set: environment variable ${variable}`, {
      code: 'credentials-missing',
      hint: 'it holds the password of the console login',
    });
  return password;
}

function printable(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
