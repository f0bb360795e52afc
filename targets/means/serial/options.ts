import { z } from 'zod';

const baud = z.number().int().min(50).max(4_000_000).default(115_200).describe('Bits a second; 8 data bits, no parity');

const pacing = {
  chunkBytes: z.number().int().min(1).max(4096).default(16).describe('Bytes to write at once'),
  pauseMs: z
    .number()
    .min(0)
    .max(1000)
    .default(0)
    .describe('Pause after each chunk, for a boot loader whose FIFO overflows; 0: none'),
} as const;

const host = z.string().min(1).describe('Name or address of the serial server');
const port = z.number().int().min(1).max(65_535);

/** `console` of a bench file: how the board's serial console is reached. */
export const serialOptions = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('tty'),
    path: z
      .string()
      .startsWith('/')
      .describe('A path that stays: /dev/serial/by-id/... and not /dev/ttyUSB0, which is whoever came first'),
    baud,
    ...pacing,
  }),
  z.strictObject({ kind: z.literal('tcp'), host, port, ...pacing }),
  z.strictObject({ kind: z.literal('rfc2217'), host, port, baud, ...pacing }),
]);
export type SerialOptions = z.infer<typeof serialOptions>;
