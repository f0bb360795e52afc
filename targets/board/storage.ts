import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { Deadline } from '../../harness/device/deadline.ts';
import { BenchError } from '../../harness/errors/harness-error.ts';
import type { BoardMeans } from './means.ts';

const pieceBytes = 4 * 1024 * 1024;

/** What was written: the pieces by their offsets, and the hash over them in that order. */
interface Written {
  readonly sizeBytes: number;
  readonly offsets: readonly number[];
  readonly sha256: string;
}

/**
 * Writes a raw image to a block device, or to a file that stands for one, and reads back what was written. A block device that something has
 * mounted is not written to. @throws BenchError `storage-not-written`, `storage-too-small`, `storage-differs`.
 */
export async function writeStorage(
  image: string,
  path: string,
  { runCommand }: Pick<BoardMeans, 'runCommand'>,
  deadline: Deadline,
): Promise<void> {
  const from = await open(image, 'r');
  try {
    const sizeBytes = (await from.stat()).size;
    const to = await openStorage(path);
    let written;
    try {
      const isBlock = (await to.stat()).isBlockDevice();
      // What an emptied file is not given reads as zeros; what a device is not given is what it held before.
      if (!isBlock) await to.truncate(0).then(() => to.truncate(sizeBytes));
      written = await copy(from, to, sizeBytes, !isBlock, path, deadline);
      // Who runs on a file finds it in this host's memory: a flush would wait for the host's disk, and prove nothing.
      if (isBlock) {
        await to.sync();
        await runCommand(['blockdev', '--flushbufs', path], deadline);
      }
    } finally {
      await to.close();
    }
    await verify(path, written, deadline);
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
): Promise<Written> {
  const hash = createHash('sha256');
  const offsets: number[] = [];
  const piece = Buffer.alloc(pieceBytes);
  const zeros = Buffer.alloc(pieceBytes);
  for (let at = 0; at < sizeBytes; at += pieceBytes) {
    deadline.check({ writtenBytes: at });
    const data = await readPiece(from, piece, at, sizeBytes);
    if (holes && data.equals(zeros.subarray(0, data.length))) continue;
    hash.update(data);
    offsets.push(at);
    await writePiece(to, data, at).catch((cause: NodeJS.ErrnoException) => {
      throw new BenchError(`${cause.code === 'ENOSPC' ? 'Too small' : cause.message}: storage ${path}`, {
        code: cause.code === 'ENOSPC' ? 'storage-too-small' : 'storage-not-written',
        details: { imageBytes: sizeBytes, writtenBytes: at },
        cause,
      });
    });
  }
  return { sizeBytes, offsets, sha256: hash.digest('hex') };
}

async function verify(path: string, { sizeBytes, offsets, sha256 }: Written, deadline: Deadline): Promise<void> {
  const storage = await open(path, 'r');
  try {
    const hash = createHash('sha256');
    const piece = Buffer.alloc(pieceBytes);
    for (const at of offsets) {
      deadline.check({ verifiedBytes: at });
      hash.update(await readPiece(storage, piece, at, sizeBytes));
    }
    const found = hash.digest('hex');
    if (found !== sha256)
      throw new BenchError(`Not what was written when read back: storage ${path}`, {
        code: 'storage-differs',
        hint: 'a worn card, a bad cable, or somebody else writes to it',
        details: { expected: sha256, found },
      });
  } finally {
    await storage.close();
  }
}

/** Up to the end of the image; shorter where the file ends before it. */
async function readPiece(file: FileHandle, piece: Buffer, at: number, sizeBytes: number): Promise<Buffer> {
  const length = Math.min(pieceBytes, sizeBytes - at);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(piece, done, length - done, at + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return piece.subarray(0, done);
}

/** A device that is full takes the part that it has room for. */
async function writePiece(file: FileHandle, data: Buffer, at: number): Promise<void> {
  for (let done = 0; done < data.length;) {
    const { bytesWritten } = await file.write(data, done, data.length - done, at + done);
    done += bytesWritten;
  }
}
