import { didYouMean } from './nearest-name.ts';
import { at, problemsOf, type Problem } from './problem.ts';
import { invalidFile, parseYaml, readYaml, type YamlFile } from './read-yaml.ts';
import { benchFileHead, type BenchFile, type TargetSchemas } from './schema.ts';

const what = 'bench file';

/** @throws UsageError `yaml-invalid` with all problems at once, each `file:line:column: what`; `file-missing`. */
export async function loadBenchFile(path: string, targets: TargetSchemas): Promise<BenchFile> {
  return check(await readYaml(path, what), targets);
}

/** The same for text that is at hand; `path` stands in the messages. */
export function parseBenchFile(text: string, path: string, targets: TargetSchemas): BenchFile {
  return check(parseYaml(text, path, what), targets);
}

function check(file: YamlFile, targets: TargetSchemas): BenchFile {
  const head = benchFileHead.safeParse(file.value);
  const problems = head.success ? [] : problemsOf(head.error, file, [], () => Object.keys(benchFileHead.shape));
  const { options, targetProblems } = checkTarget(file, targets);
  problems.push(...targetProblems);
  if (!head.success || problems.length > 0) throw invalidFile(file.path, what, problems);
  return { ...head.data, path: file.path, options };
}

/** Checked even when the head is wrong, so that one look at the messages is enough to mend the file. */
function checkTarget(file: YamlFile, targets: TargetSchemas): { options: unknown; targetProblems: Problem[] } {
  const value = file.value as { target?: unknown; options?: unknown } | null;
  const target = typeof value === 'object' ? value?.target : undefined;
  if (typeof target !== 'string') return { options: undefined, targetProblems: [] };
  const schema = Object.hasOwn(targets, target) ? targets[target] : undefined;
  if (!schema) {
    const hint = didYouMean(target, Object.keys(targets)) ?? `one of ${Object.keys(targets).join(', ')}`;
    return { options: undefined, targetProblems: [at(file, ['target'], `unknown target \`${target}\`: ${hint}`)] };
  }
  const result = schema.safeParse(value?.options ?? {});
  if (result.success) return { options: result.data, targetProblems: [] };
  const shape = 'shape' in schema ? Object.keys(schema.shape as object) : [];
  return {
    options: undefined,
    targetProblems: problemsOf(result.error, file, ['options'], (path) => (path.length === 0 ? shape : [])),
  };
}
