import { ProductError, UsageError } from '../errors/harness-error.ts';

/** A structure on the disk is not what it must be: the device would stumble over it too. */
export class FileSystemDamage extends ProductError {
  constructor(
    /** Which structure: `inode 12`, `directory block 88 of inode 2`. */
    readonly where: string,
    /** What is wrong with it. */
    readonly what: string,
    code = 'file-system-damaged',
  ) {
    super(`Damaged file system: ${where}: ${what}`, { code, details: { where, what } });
  }
}

/** The file system is whole as far as can be told, but uses something that this program cannot read. */
export class FileSystemUnsupported extends UsageError {
  constructor(
    /** The feature by its name in e2fsprogs. */
    readonly feature: string,
    what: string,
  ) {
    super(`Cannot read this file system: ${what}`, {
      code: 'file-system-unsupported',
      hint: `build the image without ${feature}`,
      details: { feature },
    });
  }
}
