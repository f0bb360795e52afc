// @ts-check
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';

/**
 * What a virtual board can be. `file` names a file of the board's directory, `uuid` is its serial number.
 *
 * @typedef {object} Machine
 * @property {string} program the QEMU
 * @property {number} timeFactor how much more time than a PC it takes, under emulation
 * @property {(file: (name: string) => string, uuid: string) => string[]} argv processor and firmware; what all boards have is not in it
 * @property {(uuid: string) => string} identity how the bench file says which board it is
 * @property {(file: (name: string) => string, uuid: string) => void} [make] once, as in the factory
 */

/** Debian's u-boot-qemu. */
const uBoot = '/usr/lib/u-boot/qemu_arm64/u-boot.bin';
/** Each of the two flash chips of QEMU's `virt`; U-Boot keeps its environment at the beginning of the second. */
const flashBytes = 64 * 1024 ** 2;
/** CONFIG_ENV_SIZE of that U-Boot. */
const environmentBytes = 0x40000;

/** @type {Readonly<Record<string, Machine>>} */
export const machines = {
  x86: {
    program: 'qemu-system-x86_64',
    timeFactor: 1,
    // The firmware says its banner and its UUID on the serial port.
    argv: (_, uuid) => [
      ...['-machine', 'pc,graphics=off', '-vga', 'none', '-uuid', uuid],
      ...['-accel', 'tcg,tb-size=64', '-cpu', 'max,-cx16', '-m', '640'],
    ],
    identity: (uuid) => `{ kind: console, pattern: 'Machine UUID ([0-9a-f-]{36})', is: ${uuid} }`,
  },
  arm64: {
    program: 'qemu-system-aarch64',
    timeFactor: 4,
    argv: (file) => [
      ...['-machine', 'virt', '-accel', 'tcg,tb-size=128', '-cpu', 'cortex-a57', '-m', '640', '-bios', uBoot],
      ...['-drive', `if=pflash,unit=1,format=raw,file=${file('flash.raw')}`],
    ],
    identity: (uuid) => `{ kind: u-boot, variable: 'serial#', is: ${uuid} }`,
    make: (file, uuid) => {
      writeFileSync(file('flash.raw'), environmentWith(`serial#=${uuid}`));
      truncateSync(file('flash.raw'), flashBytes);
    },
  },
};

/**
 * U-Boot's built-in environment and one variable more, as it stands in flash: CRC of what follows, variables with a zero behind each. Made here
 * and not by `saveenv`, which gives up after a time of its own, and so fails on a busy host.
 * @param {string} variable
 */
function environmentWith(variable) {
  const text = readFileSync(uBoot, 'latin1');
  const within = text.indexOf('\0bootcmd=');
  const strings = text.slice(0, text.indexOf('\0\0', within)).split('\0');
  // Whatever lies before it in the program is no variable.
  const begin = strings.findLastIndex((one) => !/^[a-z_][\w.]*=/i.test(one)) + 1;
  if (within < 0 || begin === strings.length) throw new Error(`No environment is built into ${uBoot}`);
  const block = Buffer.alloc(environmentBytes);
  block.write([...strings.slice(begin), variable, ''].join('\0'), 4, 'latin1');
  block.writeUInt32LE(crc32(block.subarray(4)), 0);
  return block;
}
