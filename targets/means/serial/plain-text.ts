/** CSI and OSC sequences (cursor, colour, titles, bracketed paste), two-byte escapes, and a sequence that has not ended yet. */
const escapes =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]{0,1024}(?:\u0007|\u001b\\)|[@-Z\\^_a-z0-9=>]|[\s\S]{0,32}$)/g;
/** What others write into the middle of a line: kernel messages and systemd's status, whole up to their newline. */
const foreignLines = /(?:\[ {0,6}\d+\.\d{6}\]|\[ {0,2}(?:OK|FAILED|DEPEND|WARN|INFO) {0,2}\] )[^\n]{0,1024}\r?\n/g;

/** Terminal output as text: no escape sequences, no foreign lines. */
export function plainText(latin1: string): string {
  return latin1.replace(escapes, '').replace(foreignLines, '');
}

/** The echo of a typed line, without what a line editor adds where it wraps: a space and a carriage return. */
export function echoText(latin1: string): string {
  return plainText(latin1).replace(/ ?\r|[\n\u0007\u0000]/g, '');
}
