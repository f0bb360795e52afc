import { UsageError } from '../errors/harness-error.ts';

/**
 * Rows of a CSV text as RFC 4180 has it: quoted fields may hold commas, quotes ("") and line breaks.
 * @throws UsageError `csv-invalid` with the line.
 */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = text.startsWith('\ufeff') ? 1 : 0;
  let line = 1;
  const bare = /[^",\r\n]*/y;
  const quoted = /"((?:[^"]|"")*)"/y;
  const broken = () =>
    new UsageError(`A quote that is not closed, or within a field: line ${line}`, { code: 'csv-invalid' });
  while (at < text.length) {
    const pattern = text[at] === '"' ? quoted : bare;
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) throw broken();
    row.push(match[1] === undefined ? match[0] : match[1].replaceAll('""', '"'));
    line += match[0].split('\n').length - 1;
    at = pattern.lastIndex;
    const next = /,|\r?\n/y;
    next.lastIndex = at;
    const separator = next.exec(text)?.[0];
    if (separator === undefined && at < text.length) throw broken();
    at += separator?.length ?? 0;
    if (separator === ',') {
      if (at === text.length) row.push('');
      continue;
    }
    rows.push(row);
    row = [];
    line += 1;
  }
  if (row.length > 0) rows.push(row);
  return rows.filter((fields) => fields.some((field) => field.trim() !== ''));
}
