import { crc32 } from 'node:zlib';
import type { BootEnvironment } from './boot-environment.ts';

/** The reference boot script's block is one sector, so that it is written whole or not at all. */
export const uBootEnvironmentBytes = 512;

/**
 * Parses a block of variables as U-Boot's `env import -c` does (env/common.c, lib/hashtable.c): the little-endian CRC of what follows, then
 * `name=value`, each with a zero behind it, up to an empty one. With a wrong CRC U-Boot takes nothing. Never throws.
 */
export function parseUBootEnvironment(block: Buffer): BootEnvironment {
  if (block.length <= 4 || crc32(block.subarray(4)) !== block.readUInt32LE(0)) return { valid: false, variables: {} };
  const text = block.toString('utf8', 4);
  const end = text.startsWith('\0') ? 0 : text.indexOf('\0\0');
  const lines = (end < 0 ? text : text.slice(0, end)).split('\0').filter(Boolean);
  return { valid: end >= 0 && lines.every((line) => line.indexOf('=') > 0), variables: variablesOf(lines) };
}

/** As fw_printenv prints them, a line each. */
export function parsePrintedEnvironment(text: string): Record<string, string> {
  return variablesOf(text.split('\n'));
}

function variablesOf(lines: readonly string[]): Record<string, string> {
  const named = lines.filter((line) => line.indexOf('=') > 0);
  return Object.fromEntries(named.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}
