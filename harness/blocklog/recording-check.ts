import { BenchError } from '../errors/harness-error.ts';
import { RecordedDisk } from './disk-state.ts';
import { sectorBytes } from './log-format.ts';
import { RawImage } from './raw-image.ts';

const chunkBytes = 1 << 20;
const pageBytes = 4096;
const pageSectors = pageBytes / sectorBytes;

/**
 * Holds a recording against the disk that it was made on: replayed to its end, the log has to give the disk. What was written after the last
 * flush may have been in flight when the recorder was killed, on the way to one of the two, and is left out.
 * @throws BenchError `log-differs-from-disk`; LogDamage.
 */
export function checkRecording(
  recording: { readonly basePath: string; readonly logPath: string },
  diskPath: string,
): void {
  const disk = RecordedDisk.open(recording);
  const held = new RawImage(diskPath);
  try {
    const inFlight = pagesAfterLastFlush(disk);
    const replayed = disk.at(disk.log.length);
    const differing: number[] = [];
    for (let at = 0; at < held.sizeBytes; at += chunkBytes) {
      const length = Math.min(chunkBytes, held.sizeBytes - at);
      const [a, b] = [replayed.read(at, length), held.read(at, length)];
      if (a.equals(b)) continue;
      for (let from = 0; from < length; from += pageBytes) {
        const page = (at + from) / pageBytes;
        if (a.subarray(from, from + pageBytes).equals(b.subarray(from, from + pageBytes)) || inFlight.has(page))
          continue;
        differing.push(page);
      }
    }
    if (differing.length === 0) return;
    throw new BenchError(
      `Not what the disk holds: the block log, replayed to its end (${differing.length} pages, the first at sector ${differing[0]! * pageSectors})`,
      {
        code: 'log-differs-from-disk',
        hint: 'the recorder lost or mixed up writes; no state can be rebuilt from its log',
        details: { pages: differing.length, first: differing.slice(0, 20) },
      },
    );
  } finally {
    disk.close();
    held.close();
  }
}

function pagesAfterLastFlush({ log }: RecordedDisk): Set<number> {
  const pages = new Set<number>();
  for (let i = log.length - 1; i >= 0 && !log.has(i, 'flush'); i--) {
    const { sector, sectors } = log.entry(i);
    for (let page = Math.floor(sector / pageSectors); page * pageSectors < sector + sectors; page++) pages.add(page);
  }
  return pages;
}
