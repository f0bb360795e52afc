import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { Deadline } from '../../harness/device/deadline.ts';
import { BenchError } from '../../harness/errors/harness-error.ts';
import type { BoardMeans } from './means.ts';

const pieceBytes = 4 * 1024 * 1024;

/**
 * Writes a raw image to a block device, or to a file that stands for one, and reads it back. A block device that something has mounted is not
 * written to. @returns the image's sha256, hex. @throws BenchError `storage-not-written`, `storage-too-small`, `storage-differs`.
 */
export async function writeStorage(
  image: string,
  path: string,
  { runCommand }: Pick<BoardMeans, 'runCommand'>,
  deadline: Deadline,
): Promise<string> {
  const from = await open(image, 'r');
  try {
    const sizeBytes = (await from.stat()).size;
    const to = await openStorage(path);
    let hash;
    try {
      const isBlock = (await to.stat()).isBlockDevice();
      if (!isBlock) await to.truncate(0).then(() => to.truncate(sizeBytes));
      hash = await copy(from, to, sizeBytes, !isBlock, path, deadline);
      await to.sync();
      if (isBlock) await runCommand(['blockdev', '--flushbufs', path], deadline);
    } finally {
      await to.close();
    }
    await verify(path, sizeBytes, hash, deadline);
    return hash;
  } finally {
    await from.close();
  }
}

async function openStorage(path: string): Promise<FileHandle> {
  try {
    // O_EXCL on a block device: refused while it is mounted. Without O_CREAT it says nothing about files.
    return await open(path, constants.O_RDWR | constants.O_EXCL);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new BenchError(`${code === 'EBUSY' ? 'Mounted by this host' : (cause as Error).message}: storage ${path}`, {
      code: 'storage-not-written',
      hint: code === 'ENOENT' ? 'does the mux show it to this host?' : 'is it free, and may this user write to it?',
      cause,
    });
  }
}

async function copy(
  from: FileHandle,
  to: FileHandle,
  sizeBytes: number,
  holes: boolean,
  path: string,
  deadline: Deadline,
): Promise<string> {
  const hash = createHash('sha256');
  const piece = Buffer.alloc(pieceBytes);
  const zeros = Buffer.alloc(pieceBytes);
  for (let at = 0; at < sizeBytes;) {
    deadline.check({ writtenBytes: at });
    const { bytesRead } = await from.read(piece, 0, Math.min(pieceBytes, sizeBytes - at), at);
    const data = piece.subarray(0, bytesRead);
    hash.update(data);
    if (!(holes && data.equals(zeros.subarray(0, bytesRead))))
      await to.write(data, 0, bytesRead, at).catch((cause: NodeJS.ErrnoException) => {
        throw new BenchError(`${cause.code === 'ENOSPC' ? 'Too small' : cause.message}: storage ${path}`, {
          code: cause.code === 'ENOSPC' ? 'storage-too-small' : 'storage-not-written',
          details: { imageBytes: sizeBytes, writtenBytes: at },
          cause,
        });
      });
    at += bytesRead;
  }
  return hash.digest('hex');
}

async function verify(path: string, sizeBytes: number, expected: string, deadline: Deadline): Promise<void> {
  const storage = await open(path, 'r');
  try {
    const hash = createHash('sha256');
    const piece = Buffer.alloc(pieceBytes);
    for (let at = 0; at < sizeBytes;) {
      deadline.check({ verifiedBytes: at });
      const { bytesRead } = await storage.read(piece, 0, Math.min(pieceBytes, sizeBytes - at), at);
      if (bytesRead === 0) break;
      hash.update(piece.subarray(0, bytesRead));
      at += bytesRead;
    }
    const found = hash.digest('hex');
    if (found !== expected)
      throw new BenchError(`Not what was written when read back: storage ${path}`, {
        code: 'storage-differs',
        hint: 'a worn card, a bad cable, or somebody else writes to it',
        details: { expected, found },
      });
  } finally {
    await storage.close();
  }
}
