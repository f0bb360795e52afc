/** x86-64 machine code of one function, and the calls in it that leave the object. */
export interface NativeFunction {
  readonly code: Buffer;
  /** Offset in `code` of the 32-bit operand of `call [rip+...]`, and the function of another library that it calls. */
  readonly calls?: readonly { readonly operandAt: number; readonly symbol: string }[];
}

const pageBytes = 0x1000;
const [symbolBytes, relocationBytes, dynamicBytes, segmentBytes, headerBytes] = [24, 24, 16, 56, 64] as const;
const [load, dynamic, gnuStack] = [1, 2, 0x6474e551] as const;
const [executable, writable, readable] = [1, 2, 4] as const;
const globalFunction = (1 << 4) | 2;
const textSection = 1;
const globDat = 6n;
const tags = {
  needed: 1,
  hash: 4,
  strings: 5,
  symbols: 6,
  rela: 7,
  relaBytes: 8,
  relaEntry: 9,
  stringsBytes: 10,
  symbolEntry: 11,
  soname: 14,
  flags: 30,
} as const;
const bindNow = 8n;

/**
 * A shared object for x86-64 Linux that exports these functions, written byte by byte: neither this host nor the device needs
 * a compiler. Two segments: everything that is only read or run, then the dynamic section with one address for each
 * function that is called elsewhere, which the loader fills in. System V ABI, chapters 4 and 5.
 */
export function sharedObject(soname: string, functions: ReadonlyMap<string, NativeFunction>): Buffer {
  const exported = [...functions.keys()];
  const imported = [
    ...new Set([...functions.values()].flatMap(({ calls = [] }) => calls.map(({ symbol }) => symbol))),
  ].filter((name) => !functions.has(name));
  const strings = new Strings();
  const needed = strings.add('libc.so.6');
  const names = [...exported, ...imported];
  const nameOffsets = names.map((name) => strings.add(name));
  const sonameOffset = strings.add(soname);

  const layout = new Layout(headerBytes + 4 * segmentBytes);
  const hashAt = layout.place(4 * (2 + 1 + names.length + 1));
  const symbolsAt = layout.place(symbolBytes * (names.length + 1));
  const relocationsAt = layout.place(relocationBytes * imported.length);
  const stringsAt = layout.place(strings.length);
  const codeAt = exported.map((name) => layout.place(functions.get(name)!.code.length));
  const readEnd = layout.end;
  layout.nextPage();
  const entries = dynamicEntries();
  const dynamicAt = layout.place(dynamicBytes * entries.length);
  const addressesAt = layout.place(8 * imported.length);
  const file = Buffer.alloc(layout.end);

  writeHeader(file);
  segment(0, load, readable | executable, 0, readEnd, pageBytes);
  segment(1, load, readable | writable, dynamicAt, file.length - dynamicAt, pageBytes);
  segment(2, dynamic, readable | writable, dynamicAt, dynamicBytes * entries.length, 8);
  // Without it the loader asks for an executable stack, which may be refused.
  segment(3, gnuStack, readable | writable, 0, 0, 16);
  writeHash();
  names.forEach((_, index) => writeSymbol(index));
  imported.forEach((_, index) => {
    const at = relocationsAt + index * relocationBytes;
    file.writeBigUInt64LE(BigInt(addressesAt + 8 * index), at);
    file.writeBigUInt64LE((BigInt(1 + exported.length + index) << 32n) | globDat, at + 8);
  });
  strings.bytes().copy(file, stringsAt);
  exported.forEach((name, index) => writeCode(functions.get(name)!, codeAt[index]!));
  entries.forEach(([key, value], index) => {
    file.writeBigUInt64LE(BigInt(key), dynamicAt + index * dynamicBytes);
    file.writeBigUInt64LE(BigInt(value), dynamicAt + index * dynamicBytes + 8);
  });
  return file;

  function dynamicEntries(): (readonly [number, number | bigint])[] {
    return [
      [tags.needed, needed],
      [tags.soname, sonameOffset],
      [tags.hash, hashAt],
      [tags.strings, stringsAt],
      [tags.stringsBytes, strings.length],
      [tags.symbols, symbolsAt],
      [tags.symbolEntry, symbolBytes],
      [tags.rela, relocationsAt],
      [tags.relaBytes, relocationBytes * imported.length],
      [tags.relaEntry, relocationBytes],
      [tags.flags, bindNow],
      [0, 0],
    ];
  }

  function segment(index: number, type: number, flags: number, at: number, bytes: number, alignment: number): void {
    const place = headerBytes + index * segmentBytes;
    file.writeUInt32LE(type, place);
    file.writeUInt32LE(flags, place + 4);
    // offset, virtual and physical address are one and the same here
    for (const [field, value] of [at, at, at, bytes, bytes, alignment].entries())
      file.writeBigUInt64LE(BigInt(value), place + 8 + 8 * field);
  }

  /** One bucket: a chain through all symbols. They are few. */
  function writeHash(): void {
    const chain = names.map((_, index) => (index + 2 > names.length ? 0 : index + 2));
    [1, names.length + 1, 1, 0, ...chain].forEach((word, index) => file.writeUInt32LE(word, hashAt + 4 * index));
  }

  function writeSymbol(index: number): void {
    const at = symbolsAt + (index + 1) * symbolBytes;
    const defined = index < exported.length;
    file.writeUInt32LE(nameOffsets[index]!, at);
    file.writeUInt8(globalFunction, at + 4);
    file.writeUInt16LE(defined ? textSection : 0, at + 6);
    if (!defined) return;
    file.writeBigUInt64LE(BigInt(codeAt[index]!), at + 8);
    file.writeBigUInt64LE(BigInt(functions.get(names[index]!)!.code.length), at + 16);
  }

  function writeCode({ code, calls = [] }: NativeFunction, at: number): void {
    code.copy(file, at);
    for (const { operandAt, symbol } of calls) {
      const address = addressesAt + 8 * imported.indexOf(symbol);
      file.writeInt32LE(address - (at + operandAt + 4), at + operandAt);
    }
  }
}

function writeHeader(file: Buffer): void {
  // 64 bits, little-endian, version 1, System V; a shared object for x86-64, without sections
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]).copy(file);
  file.writeUInt16LE(3, 16);
  file.writeUInt16LE(62, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(headerBytes), 32);
  file.writeUInt16LE(headerBytes, 52);
  file.writeUInt16LE(segmentBytes, 54);
  file.writeUInt16LE(4, 56);
}

class Layout {
  constructor(private offset: number) {}

  get end(): number {
    return this.offset;
  }

  place(bytes: number): number {
    const at = Math.ceil(this.offset / 16) * 16;
    this.offset = at + bytes;
    return at;
  }

  nextPage(): void {
    this.offset = Math.ceil(this.offset / pageBytes) * pageBytes;
  }
}

class Strings {
  #text = '\0';

  get length(): number {
    return this.#text.length;
  }

  add(text: string): number {
    const at = this.#text.length;
    this.#text += `${text}\0`;
    return at;
  }

  bytes(): Buffer {
    return Buffer.from(this.#text, 'latin1');
  }
}
