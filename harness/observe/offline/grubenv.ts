import type { BootEnvironment } from './boot-environment.ts';

const signature = '# GRUB Environment Block\n';
const blockBytes = 1024;

/** What GRUB and grub-editenv take for an environment block at most: more is not read. */
export const grubenvLimitBytes = 64 * 1024;

/**
 * Parses an environment block as GRUB does (grub-core/lib/envblk.c): `name=value` lines, `\` escapes the byte after it, a line
 * that begins with `#` is padding. GRUB takes any size with the right signature, grub-editenv writes 1024 bytes only. Never throws.
 */
export function parseGrubenv(block: Buffer): BootEnvironment {
  const text = block.toString('latin1');
  if (!text.startsWith(signature)) return { valid: false, variables: {} };
  const variables = new Map<string, string>();
  let valid = block.length === blockBytes;
  let at = signature.length;
  while (at < text.length) {
    if (text[at] === '#') {
      const end = text.indexOf('\n', at);
      // Only the padding at the end has no line end, and nothing but `#` in it.
      if (end < 0) valid &&= /^#*$/.test(text.slice(at));
      at = end < 0 ? text.length : end + 1;
      continue;
    }
    const equals = text.indexOf('=', at);
    const value = equals < 0 ? undefined : readValue(text, equals + 1);
    if (equals < 0 || value === undefined) {
      valid = false;
      break;
    }
    const name = text.slice(at, equals);
    if (!/^[^\s\0]+$/.test(name) || value.text.includes('\0')) valid = false;
    variables.set(utf8(name), utf8(value.text));
    at = value.end;
  }
  return { valid, variables: Object.fromEntries(variables) };
}

function readValue(text: string, from: number): { text: string; end: number } | undefined {
  let value = '';
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\n') return { text: value, end: at + 1 };
    if (text[at] === '\\') at++;
    value += text[at] ?? '';
  }
  return undefined;
}

const utf8 = (latin1: string): string => Buffer.from(latin1, 'latin1').toString('utf8');
