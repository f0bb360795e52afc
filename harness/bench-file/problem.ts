import type { Document, LineCounter } from 'yaml';
import { isMap, isNode, isPair, isScalar } from 'yaml';
import type { z } from 'zod';
import { didYouMean } from './nearest-name.ts';

/** One thing that is wrong in a YAML file, at a place that an editor can jump to. Lines and columns begin at 1. */
export interface Problem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export function formatProblem(path: string, problem: Problem): string {
  return `${path}:${problem.line}:${problem.column}: ${problem.message}`;
}

/** A YAML document with the place of everything in it. */
export interface Source {
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
}

/**
 * The problems of zod's issues, placed in the source. `prefix` is where the checked value stands in the document;
 * `knownKeys` gives the names that are allowed beside an unknown one, for a hint.
 */
export function problemsOf(
  error: z.ZodError,
  source: Source,
  prefix: readonly PropertyKey[],
  knownKeys: (path: readonly PropertyKey[]) => readonly string[],
): Problem[] {
  return error.issues.flatMap((issue) => {
    const path = [...prefix, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => {
        const hint = didYouMean(key, knownKeys(issue.path));
        return at(source, [...path, key], `unknown key \`${key}\`${hint ? `: ${hint}` : ''}`, true);
      });
    }
    const name = path.length > 0 ? `\`${path.join('.')}\`: ` : '';
    if (issue.code === 'invalid_value') {
      const given = source.document.getIn(path);
      const hint = typeof given === 'string' ? didYouMean(given, issue.values.map(String)) : undefined;
      const said = `${name}${given === undefined ? 'missing' : `\`${String(given)}\` is not known`}`;
      return [at(source, path, `${said}: ${hint ?? `one of ${issue.values.map(String).join(', ')}`}`)];
    }
    const missing = path.length > 0 && !source.document.hasIn(path);
    return [at(source, path, missing ? `missing key ${name.slice(0, -2)}` : `${name}${issue.message}`)];
  });
}

/** A problem at the node of `path`, or at the nearest node above it that exists; `key`: at the key and not at its value. */
export function at(source: Source, path: readonly PropertyKey[], message: string, key = false): Problem {
  const parent = path.length > 1 ? source.document.getIn(path.slice(0, -1), true) : source.document.contents;
  if (key && isMap(parent)) {
    const pair = parent.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === path.at(-1));
    if (isScalar(pair?.key)) return placed(source, pair.key.range?.[0], message);
  }
  for (let length = path.length; length >= 0; length--) {
    const node = length > 0 ? source.document.getIn(path.slice(0, length), true) : source.document.contents;
    if (isNode(node)) return placed(source, node.range?.[0], message);
  }
  return { line: 1, column: 1, message };
}

function placed({ lines }: Source, offset: number | undefined, message: string): Problem {
  const { line, col } = lines.linePos(offset ?? 0);
  return { line: Math.max(1, line), column: Math.max(1, col), message };
}
