import { HarnessError, type Blame } from '../errors/harness-error.ts';

const exitCodes: Readonly<Record<Blame, number>> = { user: 2, human: 4, product: 1, bench: 3, harness: 3 };

export function exitCodeOfError(error: unknown): number {
  return error instanceof HarnessError ? exitCodes[error.blame] : exitCodes.harness;
}

/** Reason and object, then the hint on a line of its own; the stack only when it was asked for. */
export function errorText(error: unknown, debug: boolean): string {
  const known = error instanceof HarnessError;
  const message = error instanceof Error ? error.message : String(error);
  const lines = [known ? message : `A defect of bootproof: ${message}`];
  const hint = known ? error.hint : 'please report it with the output of the same command and --debug';
  if (hint) lines.push(`  hint: ${hint}`);
  if (debug && error instanceof Error) lines.push(stackOf(error));
  return `${lines.join('\n')}\n`;
}

export function errorJson(error: unknown): Record<string, unknown> {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof HarnessError)) return { error: { code: 'internal', blame: 'harness', message } };
  const { code, blame, hint, details } = error;
  return { error: { code, blame, message, ...(hint ? { hint } : {}), details } };
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
