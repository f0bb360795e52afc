import { readFile, stat } from 'node:fs/promises';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { UsageError } from '../errors/harness-error.ts';
import { at, formatProblem, problemsOf, type Problem, type Source } from './problem.ts';

const maxBytes = 1024 * 1024;

export interface YamlFile extends Source {
  readonly path: string;
  readonly value: unknown;
}

/** @throws UsageError `file-missing`, `file-too-large`, `yaml-invalid`, with every syntax error at its line and column. */
export async function readYaml(path: string, what: string): Promise<YamlFile> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile())
    throw new UsageError(`No such ${what}: ${path}`, { code: 'file-missing', hint: 'is the path right?' });
  if (found.size > maxBytes) throw new UsageError(`Larger than 1 MiB: ${what} ${path}`, { code: 'file-too-large' });
  return parseYaml(await readFile(path, 'utf8'), path, what);
}

export function parseYaml(text: string, path: string, what: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const source = { document, lines };
  const problems = [...document.errors, ...document.warnings].map((error): Problem => {
    const { line, col } = lines.linePos(error.pos[0]);
    return { line: Math.max(1, line), column: Math.max(1, col), message: error.message };
  });
  if (problems.length > 0) throw invalidFile(path, what, problems);
  try {
    // maxAliasCount bounds what a small file with nested aliases can grow to
    return { ...source, path, value: document.toJS({ maxAliasCount: 100 }) };
  } catch (cause) {
    throw invalidFile(path, what, [at(source, [], cause instanceof Error ? cause.message : String(cause))]);
  }
}

/** The value of a file that has one schema. @throws UsageError `yaml-invalid` with all problems. */
export function checkYaml<T>(file: YamlFile, schema: z.ZodType<T>, what: string, knownKeys: readonly string[]): T {
  const result = schema.safeParse(file.value);
  if (result.success) return result.data;
  throw invalidFile(
    file.path,
    what,
    problemsOf(result.error, file, [], () => knownKeys),
  );
}

/** All problems of a file in one error, in the order of the file. */
export function invalidFile(path: string, what: string, problems: readonly Problem[]): UsageError {
  const sorted = [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
  const count = sorted.length === 1 ? '1 problem' : `${sorted.length} problems`;
  const text = sorted.map((problem) => `  ${formatProblem(path, problem)}`).join('\n');
  return new UsageError(`Not valid (${count}): ${what} ${path}\n${text}`, {
    code: 'yaml-invalid',
    details: { path, problems: sorted },
  });
}
