import { HarnessError, type Blame } from '../errors/harness-error.ts';

const exitCodes: Readonly<Record<Blame, number>> = { user: 2, human: 4, product: 1, bench: 3, harness: 3 };

export function exitCodeOfError(error: unknown): number {
  return error instanceof HarnessError ? exitCodes[error.blame] : exitCodes.harness;
}

/** What the host refuses, wherever it was asked: nothing that bootproof could have done otherwise. */
const hostHints: Readonly<Record<string, string>> = {
  ENOSPC: 'make room: `bootproof prune`, or another path',
  EDQUOT: 'make room: `bootproof prune`, or another path',
  EACCES: 'give another path, or the permission',
  EPERM: 'give another path, or the permission',
  EROFS: 'the file system is read-only: give another path',
};

function hostRefusal(error: unknown): { readonly code: string; readonly hint: string } | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  const hint = Object.hasOwn(hostHints, error.code) ? hostHints[error.code] : undefined;
  return hint === undefined ? undefined : { code: error.code, hint };
}

/** Reason and object, then the hint on a line of its own; the stack only when it was asked for. */
export function errorText(error: unknown, debug: boolean): string {
  const known = error instanceof HarnessError;
  const message = error instanceof Error ? error.message : String(error);
  const refusal = known ? undefined : hostRefusal(error);
  const lines = [known || refusal ? message : `A defect of bootproof: ${message}`];
  const report = 'please report it with the output of the same command and --debug';
  const hint = known ? error.hint : (refusal?.hint ?? report);
  if (hint) lines.push(`  hint: ${hint}`);
  if (debug && error instanceof Error) lines.push(stackOf(error));
  return `${lines.join('\n')}\n`;
}

export function errorJson(error: unknown): Record<string, unknown> {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof HarnessError)) {
    const { code = 'internal', ...hint } = hostRefusal(error) ?? {};
    return { error: { code, blame: 'harness', message, ...hint } };
  }
  const { code, blame, hint, details } = error;
  return { error: { code, blame, message, ...(hint ? { hint } : {}), details } };
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
