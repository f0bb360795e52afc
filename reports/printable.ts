/** Text from a device as a person may safely look at it, in a page, in XML or on a terminal: nothing in it acts on the reader's screen. */
export function printable(text: string): string {
  return text
    .replace(terminalSequence, '')
    .replace(/\r\n?/g, '\n')
    .replace(unseen, (char) => picture(char.codePointAt(0) ?? 0))
    .replace(unpaired, '\ufffd');
}

/** `printable`, on one line and at most `max` characters long. */
export function oneLine(text: string, max = 300): string {
  const line = printable(text.slice(0, 4 * max + 1000))
    .replace(/\s+/g, ' ')
    .trim();
  return line.length <= max ? line : `${cutAt(line, max - 1)}…`;
}

/** The first `max` UTF-16 units, never half of a surrogate pair. */
export function cutAt(text: string, max: number): string {
  const cut = text.slice(0, max);
  return /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
}

/** Colours, cursor movements, window titles: whole sequences go; a stray escape is shown by `unseen`. Bounded, so that no text makes it slow. */
const terminalSequence =
  /\u001b(?:\[[0-?]{0,64}[ -/]{0,8}[@-~]|\][^\u0007\u001b]{0,512}(?:\u0007|\u001b\\)|[()][A-Z0-9]|[=>78DMEHc])/g;

/** Control characters but tab and newline, what changes the direction of text or has no width, and what XML does not allow. */
const unseen =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff]|[\u{e0000}-\u{e007f}]/gu;

const unpaired = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Spelled out: the pictures of Unicode for these are missing in many fonts. */
function picture(code: number): string {
  return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
}
