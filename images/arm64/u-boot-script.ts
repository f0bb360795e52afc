import { crc32 } from 'node:zlib';

const headerBytes = 64;

/**
 * A boot script as U-Boot's `source` takes it: what `mkimage -T script -C none` makes (a legacy image, u-boot include/image.h: image_header_t),
 * the same bytes for the same text. Its payload is one length, an end of lengths, and the text.
 */
export function uBootScript(text: string, name: string): Buffer {
  const source = Buffer.from(text, 'utf8');
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32BE(source.length, 0);
  const payload = Buffer.concat([lengths, source]);
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32BE(0x27051956, 0);
  header.writeUInt32BE(payload.length, 12);
  header.writeUInt32BE(crc32(payload), 24);
  // operating system Linux, architecture arm64, type script, no compression
  Buffer.from([5, 22, 6, 0]).copy(header, 28);
  header.write(name.slice(0, 31), 32, 'latin1');
  header.writeUInt32BE(crc32(header), 4);
  return Buffer.concat([header, payload]);
}
