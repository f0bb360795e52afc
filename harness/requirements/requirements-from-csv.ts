import { stringify } from 'yaml';
import { UsageError } from '../errors/harness-error.ts';
import { parseCsv } from './csv.ts';

const wanted = ['id', 'text', 'source'];

/** requirements.yaml of an exported table whose first row names the columns `id`, `text` and `source`; other columns are left out. @throws UsageError `csv-invalid` with all problems. */
export function requirementsFromCsv(text: string): string {
  const [head = [], ...rows] = parseCsv(text);
  const names = head.map((name) => name.trim().toLowerCase());
  const missing = wanted.filter((name) => !names.includes(name));
  const problems = missing.map((name) => `no column \`${name}\``);
  const seen = new Set<string>();
  const list = rows.map((row, index) => {
    const entry = Object.fromEntries(wanted.map((name) => [name, (row[names.indexOf(name)] ?? '').trim()]));
    const { id = '' } = entry;
    if (missing.length > 0) return entry;
    for (const name of wanted) if (entry[name] === '') problems.push(`row ${index + 2}: \`${name}\` is empty`);
    if (seen.has(id)) problems.push(`row ${index + 2}: requirement ${id} is listed twice`);
    seen.add(id);
    return entry;
  });
  if (problems.length > 0 || list.length === 0)
    throw new UsageError(`Not a table of requirements: ${problems.join('; ') || 'it has no rows'}`, {
      code: 'csv-invalid',
      hint: 'the first row names the columns: id,text,source',
    });
  return stringify(list, { lineWidth: 140 });
}
