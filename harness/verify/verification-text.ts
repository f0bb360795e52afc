import type { Verification } from './verify.ts';

/** For a terminal: a line a check, then what is wrong, then what it is evidence about. What a bundle says is escaped. */
export function verificationText({ path, checks, sound, run, counts, about, notCompliance }: Verification): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, said, problems, notes }) => [
    `${problems.length === 0 ? 'ok    ' : 'WRONG '} ${name.padEnd(width)}  ${problems.length === 0 ? said : ''}`.trimEnd(),
    ...problems.map((problem) => `         ${problem}`),
    ...notes.map((note) => `       note: ${note}`),
  ]);
  const seen = Object.entries(counts).filter(([, n]) => n > 0);
  const all = [
    ...lines,
    '',
    sound ? `Sound: ${path} says what run ${run} recorded` : `NOT SOUND: ${path}`,
    `The run: ${seen.map(([verdict, n]) => `${n} ${verdict}`).join(', ')}. ${about}`,
    notCompliance,
  ];
  return `${all.map(escaped).join('\n')}\n`;
}

/** Names in a bundle may come from anywhere; they must not act on the reader's terminal. */
function escaped(line: string): string {
  return line.replace(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
