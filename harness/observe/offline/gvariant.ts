import { GVariantError } from './gvariant-error.ts';
import { alignUp, offsetBytes, parseGVariantType, type GVariantType } from './gvariant-type.ts';

/** u and smaller: number; x, t: bigint; ay: Buffer; v: { type, value }; tuple, dictionary entry, array: array; m: value or null. */
export type GVariantValue =
  number | bigint | boolean | string | Buffer | null | GVariantValue[] | { type: string; value: GVariantValue };

const variantDepthLimit = 32;

/**
 * Decodes the GVariant serialisation (GLib's specification). Framing offsets are little-endian always; numbers are read big-endian,
 * as ostree stores them. Stricter than GLib, which makes defaults of malformed parts: here they are errors.
 * @throws GVariantError
 */
export function decodeGVariant(type: string, bytes: Buffer): GVariantValue {
  return decode(parseGVariantType(type), bytes, 0);
}

function decode(type: GVariantType, bytes: Buffer, depth: number): GVariantValue {
  if (type.fixedBytes !== undefined && bytes.length !== type.fixedBytes)
    throw new GVariantError(`${bytes.length} bytes for a fixed size of ${type.fixedBytes}`);
  switch (type.kind) {
    case 'number':
      return number(type.letter, bytes);
    case 'string':
      return string(bytes);
    case 'variant':
      return variant(bytes, depth);
    case 'maybe':
      return maybe(type.members[0]!, bytes, depth);
    case 'array':
      return array(type.members[0]!, bytes, depth);
    case 'tuple':
      return tuple(type, bytes, depth);
  }
}

function number(letter: string, bytes: Buffer): number | bigint | boolean {
  switch (letter) {
    case 'b':
      if (bytes[0]! > 1) throw new GVariantError(`boolean ${bytes[0]}`);
      return bytes[0] === 1;
    case 'n':
      return bytes.readInt16BE();
    case 'i':
      return bytes.readInt32BE();
    case 'x':
      return bytes.readBigInt64BE();
    case 't':
      return bytes.readBigUInt64BE();
    case 'd':
      return bytes.readDoubleBE();
    default:
      return bytes.readUIntBE(0, bytes.length);
  }
}

function string(bytes: Buffer): string {
  if (bytes.length === 0 || bytes.indexOf(0) !== bytes.length - 1) throw new GVariantError('a string without its end');
  return bytes.toString('utf8', 0, bytes.length - 1);
}

function variant(bytes: Buffer, depth: number): GVariantValue {
  if (depth >= variantDepthLimit) throw new GVariantError(`variants nested over ${variantDepthLimit} deep`);
  const end = bytes.lastIndexOf(0);
  if (end < 0) throw new GVariantError('a variant without a type');
  const type = bytes.toString('latin1', end + 1);
  return { type, value: decode(parseGVariantType(type), bytes.subarray(0, end), depth + 1) };
}

function maybe(member: GVariantType, bytes: Buffer, depth: number): GVariantValue {
  if (bytes.length === 0) return null;
  return decode(member, member.fixedBytes === undefined ? bytes.subarray(0, -1) : bytes, depth);
}

function array(member: GVariantType, bytes: Buffer, depth: number): GVariantValue {
  if (member.letter === 'y') return bytes;
  if (bytes.length === 0) return [];
  if (member.fixedBytes !== undefined) {
    if (bytes.length % member.fixedBytes !== 0)
      throw new GVariantError(`${bytes.length} bytes in an array of fixed size`);
    return Array.from({ length: bytes.length / member.fixedBytes }, (_, i) =>
      decode(member, bytes.subarray(i * member.fixedBytes!, (i + 1) * member.fixedBytes!), depth),
    );
  }
  const width = offsetBytes(bytes.length);
  const table = bytes.readUIntLE(bytes.length - width, width);
  const count = (bytes.length - table) / width;
  if (table >= bytes.length || !Number.isInteger(count)) throw new GVariantError(`array offsets at ${table}`);
  const values: GVariantValue[] = [];
  let from = 0;
  for (let i = 0; i < count; i++) {
    const to = bytes.readUIntLE(table + i * width, width);
    values.push(decode(member, slice(bytes, alignUp(from, member.align), to, table), depth));
    from = to;
  }
  return values;
}

function tuple(type: GVariantType, bytes: Buffer, depth: number): GVariantValue[] {
  const width = offsetBytes(bytes.length);
  const last = type.members.length - 1;
  const framed = type.members.filter((member, i) => member.fixedBytes === undefined && i !== last).length;
  const table = bytes.length - framed * width;
  if (table < 0 || (framed > 0 && width === 0)) throw new GVariantError(`a tuple of ${bytes.length} bytes`);
  let from = 0;
  let offsetAt = bytes.length;
  return type.members.map((member, i) => {
    const start = alignUp(from, member.align);
    let end = table;
    if (member.fixedBytes !== undefined) end = start + member.fixedBytes;
    else if (i !== last) end = bytes.readUIntLE((offsetAt -= width), width);
    from = end;
    return decode(member, slice(bytes, start, end, table), depth);
  });
}

function slice(bytes: Buffer, from: number, to: number, limit: number): Buffer {
  if (from > to || to > limit) throw new GVariantError(`a part from ${from} to ${to} of ${limit} bytes`);
  return bytes.subarray(from, to);
}
