import { BenchError } from '../errors/harness-error.ts';

/** The dm-log-writes format (Documentation/admin-guide/device-mapper/log-writes.rst; QEMU's blklogwrites writes the same). Little-endian. */

export const logFlags = { flush: 1, fua: 2, discard: 4, mark: 8, metadata: 16 } as const;
const knownFlags = 31;

export const logMagic = 0x6a736677736872n;
/** Bytes of an entry's header; it has a log sector of its own. The data of a mark stands in that same sector. */
export const headerBytes = 32;
/** Unit of sectors in everything this folder gives out, whatever the log's own sector size is. */
export const sectorBytes = 512;

/** The log of a recording cannot be what the recorder wrote: nothing may be concluded from it. */
export class LogDamage extends BenchError {
  constructor(message: string, details: Record<string, unknown> = {}) {
    super(message, { code: 'log-damaged', details, hint: 'record again; keep this log if it happens twice' });
  }
}

export interface LogSuperblock {
  /** Entries when the superblock was last written: fewer than there are, after a kill. */
  readonly entries: number;
  /** Bytes of a log sector: 512 to 4096, a power of two. */
  readonly sectorSizeBytes: number;
}

export interface LogHeader {
  /** In log sectors. */
  readonly sector: number;
  readonly sectors: number;
  readonly flags: number;
  /** Bytes of a mark's data. */
  readonly dataLength: number;
}

/** Exact up to 2^53; above it only "very large", which every bounds check refuses. */
const readU64 = (bytes: Buffer, at: number): number => bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;

/** undefined: all zero, as it is until the first flush. @throws LogDamage */
export function parseSuperblock(bytes: Buffer): LogSuperblock | undefined {
  if (bytes.every((byte) => byte === 0)) return undefined;
  if (bytes.length < 28 || bytes.readBigUInt64LE(0) !== logMagic)
    throw new LogDamage('Not a dm-log-writes log: the magic number is wrong');
  const version = readU64(bytes, 8);
  if (version !== 1) throw new LogDamage(`Unknown log version ${version}`);
  const sectorSizeBytes = bytes.readUInt32LE(24);
  if (![512, 1024, 2048, 4096].includes(sectorSizeBytes))
    throw new LogDamage(`Impossible sector size ${sectorSizeBytes} in the log's superblock`);
  return { entries: readU64(bytes, 16), sectorSizeBytes };
}

export function encodeSuperblock({ entries, sectorSizeBytes }: LogSuperblock): Buffer {
  const bytes = Buffer.alloc(sectorSizeBytes);
  bytes.writeBigUInt64LE(logMagic, 0);
  bytes.writeBigUInt64LE(1n, 8);
  bytes.writeBigUInt64LE(BigInt(entries), 16);
  bytes.writeUInt32LE(sectorSizeBytes, 24);
  return bytes;
}

export const parseHeader = (bytes: Buffer): LogHeader => ({
  sector: readU64(bytes, 0),
  sectors: readU64(bytes, 8),
  flags: readU64(bytes, 16),
  dataLength: readU64(bytes, 24),
});

export function encodeHeader({ sector, sectors, flags, dataLength }: LogHeader, sectorSizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sectorSizeBytes);
  [sector, sectors, flags, dataLength].forEach((value, i) => bytes.writeBigUInt64LE(BigInt(value), i * 8));
  return bytes;
}

/** True for a header that was never written: the recorder skips nothing, so it is the place of a write that was in flight. */
export const isHole = (header: LogHeader): boolean =>
  header.sector === 0 && header.sectors === 0 && header.flags === 0 && header.dataLength === 0;

/** Why this cannot be an entry's header; undefined: it can. */
export function headerProblem(
  header: LogHeader,
  sectorSizeBytes: number,
  diskSizeBytes: number | undefined,
): string | undefined {
  const { sector, sectors, flags, dataLength } = header;
  if (flags > knownFlags) return `unknown flags 0x${flags.toString(16)}`;
  const end = (sector + sectors) * sectorSizeBytes;
  if (end > Number.MAX_SAFE_INTEGER) return `impossible extent: sector ${sector}, ${sectors} sectors`;
  if (diskSizeBytes !== undefined && sectors > 0 && end > diskSizeBytes)
    return `sector ${sector} + ${sectors} is beyond the end of the disk (${diskSizeBytes} bytes)`;
  if (flags & logFlags.mark) {
    if (sectors !== 0) return `a mark with ${sectors} sectors`;
    if (dataLength > sectorSizeBytes - headerBytes) return `a mark with ${dataLength} bytes of data`;
  } else if (dataLength !== 0) return `inline data (${dataLength} bytes) in an entry that is no mark`;
  if (sectors === 0 && !(flags & (logFlags.flush | logFlags.mark | logFlags.fua | logFlags.discard)))
    return 'an entry that writes nothing';
  return undefined;
}
