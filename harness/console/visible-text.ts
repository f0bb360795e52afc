/** CSI, OSC, DCS-like and two-byte escape sequences (ECMA-48); the strings inside are bounded so that an unfinished one cannot swallow a line. */
const escapeSequence =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]{0,256}(?:\u0007|\u001b\\)|[PX^_][^\u001b]{0,256}\u001b\\|[ -/]*[0-OQ-WYZ\\`-~])/g;

/** C0, DEL, C1, and what reorders or hides text in a report: bidi controls, zero-width characters, line separators. */
const unprintable = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Takes away terminal colours and cursor movement. */
export function stripEscapes(text: string): string {
  return text.replace(escapeSequence, '');
}

/**
 * What a device sent, fit for a person to read: UTF-8, escape sequences removed, every other control character written as
 * `\x07` or `\u202e` (a tab becomes a space), at most `maxLength` characters.
 */
export function visibleText(bytes: Buffer | string, maxLength = 500): string {
  const text = stripEscapes(typeof bytes === 'string' ? bytes : bytes.toString('utf8'))
    .replaceAll('\t', ' ')
    .replace(unprintable, (character) => {
      const code = character.charCodeAt(0);
      return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
    });
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 1)}…`;
}
