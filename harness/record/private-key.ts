const begin = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
const end = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;

/** The longest PEM private key in use is some 13 KB (RSA 16384); a prefix on each console line may double it. */
const maxKeyLength = 32 * 1024;

/**
 * Replaces every PEM private key. One without an end (cut off) goes as far as base64 goes, so that a device cannot blank the rest
 * of its console by printing a first line only. Linear in the length of the text.
 */
export function redactPrivateKeys(text: string, replacement: string): string {
  if (!text.includes('PRIVATE KEY')) return text;
  const ends = [...text.matchAll(end)].map((match) => match.index + match[0].length);
  let nextEnd = 0;
  let done = 0;
  let out = '';
  for (const match of text.matchAll(begin)) {
    if (match.index < done) continue;
    const bodyStart = match.index + match[0].length;
    while ((ends[nextEnd] ?? Infinity) < bodyStart) nextEnd += 1;
    const stop = ends[nextEnd];
    out += text.slice(done, match.index) + replacement;
    done = stop !== undefined && stop - bodyStart <= maxKeyLength ? stop : bodyStart + base64Length(text, bodyStart);
  }
  return out + text.slice(done);
}

function base64Length(text: string, from: number): number {
  // A backslash: the key may stand inside JSON, its newlines as \n. Headers (Proc-Type, DEK-Info) are let through to the base64 below them.
  const body = /(?:(?:\s|\\[nr])*(?:Proc-Type|DEK-Info|Comment|Version):[^\n\\]{0,200})*[A-Za-z0-9+/=\s\\]*/y;
  body.lastIndex = from;
  return body.exec(text)?.[0].length ?? 0;
}
