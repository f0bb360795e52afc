import { GVariantError } from './gvariant-error.ts';

/** A GVariant type with what its serialised form depends on: alignment, and size in bytes where that is always the same. */
export interface GVariantType {
  readonly kind: 'number' | 'string' | 'variant' | 'array' | 'maybe' | 'tuple';
  /** The type's letter; `(` for tuples and dictionary entries. */
  readonly letter: string;
  readonly align: number;
  readonly fixedBytes: number | undefined;
  readonly members: readonly GVariantType[];
}

const numbers: Record<string, number> = { y: 1, b: 1, n: 2, q: 2, i: 4, u: 4, h: 4, x: 8, t: 8, d: 8 };
const depthLimit = 64;

/** @throws GVariantError unless `text` is exactly one type string. */
export function parseGVariantType(text: string): GVariantType {
  let at = 0;
  const malformed = (): GVariantError => new GVariantError(`type string ${JSON.stringify(text.slice(0, 80))}`);
  const one = (depth: number): GVariantType => {
    const letter = text[at++];
    if (letter === undefined || depth > depthLimit) throw malformed();
    const size = Object.hasOwn(numbers, letter) ? numbers[letter] : undefined;
    if (size !== undefined) return { kind: 'number', letter, align: size, fixedBytes: size, members: [] };
    if ('sog'.includes(letter)) return { kind: 'string', letter, align: 1, fixedBytes: undefined, members: [] };
    if (letter === 'v') return { kind: 'variant', letter, align: 8, fixedBytes: undefined, members: [] };
    if (letter === 'a' || letter === 'm') {
      const member = one(depth + 1);
      const kind = letter === 'a' ? 'array' : 'maybe';
      return { kind, letter, align: member.align, fixedBytes: undefined, members: [member] };
    }
    if (letter !== '(' && letter !== '{') throw malformed();
    const close = letter === '(' ? ')' : '}';
    const members: GVariantType[] = [];
    while (text[at] !== close) members.push(one(depth + 1));
    at++;
    if (letter === '{' && members.length !== 2) throw malformed();
    return tuple(members);
  };
  const type = one(0);
  if (at !== text.length) throw malformed();
  return type;
}

function tuple(members: readonly GVariantType[]): GVariantType {
  const align = Math.max(1, ...members.map((member) => member.align));
  let size: number | undefined = 0;
  for (const member of members) {
    if (size === undefined || member.fixedBytes === undefined) size = undefined;
    else size = alignUp(size, member.align) + member.fixedBytes;
  }
  const fixedBytes = size === undefined ? undefined : Math.max(1, alignUp(size, align));
  return { kind: 'tuple', letter: '(', align, fixedBytes, members };
}

export const alignUp = (offset: number, align: number): number => Math.ceil(offset / align) * align;

/** Bytes of each framing offset in a container of this size. */
export const offsetBytes = (containerBytes: number): number =>
  containerBytes === 0 ? 0 : containerBytes <= 0xff ? 1 : containerBytes <= 0xffff ? 2 : 4;
