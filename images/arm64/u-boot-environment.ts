import { crc32 } from 'node:zlib';

/** A block of variables as `env import -c` and fw_printenv read it: little-endian CRC of what follows, `name=value` each with a zero behind it. */
export function uBootEnvironment(variables: Readonly<Record<string, string>>, sizeBytes: number): Buffer {
  const text = Object.entries(variables)
    .map(([name, value]) => `${name}=${value}\0`)
    .join('');
  const block = Buffer.alloc(sizeBytes);
  block.write(text, 4, 'utf8');
  block.writeUInt32LE(crc32(block.subarray(4)), 0);
  return block;
}
