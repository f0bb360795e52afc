import { BenchError } from '../../errors/harness-error.ts';

/**
 * A shell script made of named parts, run at once: a connection and a shell cost more on an emulated device than what most
 * parts do. Each part's output is set apart by a line with a nonce, which what the device prints cannot contain by chance.
 */
export function sectionScript(parts: Readonly<Record<string, string>>, nonce: string): string {
  const bodies = Object.entries(parts).map(
    ([name, body]) => `printf '\\n--%s %s\\n' ${nonce} ${name}\n{ ${body}\n} 2>&1`,
  );
  return `exec </dev/null\n${bodies.join('\n')}\nprintf '\\n--%s end\\n' ${nonce}\nexit 0\n`;
}

/** Output of each part, as bytes in latin1. @throws BenchError `observation-truncated` when a part is missing. */
export function parseSections(output: Buffer, names: readonly string[], nonce: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const piece of output.toString('latin1').split(`\n--${nonce} `).slice(1)) {
    const end = piece.indexOf('\n');
    found[piece.slice(0, end)] = piece.slice(end + 1);
  }
  const missing = [...names, 'end'].filter((name) => found[name] === undefined);
  if (missing.length > 0) {
    throw new BenchError(`Observation is incomplete: no answer for ${missing.slice(0, 3).join(', ')}`, {
      code: 'observation-truncated',
      hint: 'the connection broke, or the device has no POSIX shell',
    });
  }
  return found;
}
