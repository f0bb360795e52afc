import { visibleText } from './visible-text.ts';

/** One line of a console. A carriage return ends a line as well: progress bars and GRUB's redraws overwrite themselves with it. */
export interface ConsoleLine {
  /** Without escape sequences, control characters made visible. */
  readonly text: string;
  /** Of the line's first byte in the transcript. */
  readonly offset: number;
}

/** A longer line is cut into pieces of this size: a device that never sends a newline must not fill the memory. */
const maxLineBytes = 4096;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Cuts a stream of bytes into lines, whatever the chunks are. Empty lines are left out. */
export class LineSplitter {
  #parts: Buffer[] = [];
  #bytes = 0;
  #start = 0;

  push(chunk: Buffer, offset: number): ConsoleLine[] {
    const lines: ConsoleLine[] = [];
    let begin = 0;
    for (let index = 0; index < chunk.length; index += 1) {
      const byte = chunk[index];
      const ends = byte === lineFeed || byte === carriageReturn;
      if (!ends && this.#bytes + index - begin + 1 < maxLineBytes) continue;
      this.#keep(chunk.subarray(begin, ends ? index : index + 1), offset + begin);
      lines.push(...this.#take());
      begin = index + 1;
    }
    this.#keep(chunk.subarray(begin), offset + begin);
    return lines;
  }

  /** The line that has not ended yet: a prompt, or the last words of a device. */
  pending(): ConsoleLine | undefined {
    return this.#bytes === 0 ? undefined : this.#line();
  }

  #keep(part: Buffer, offset: number): void {
    if (part.length === 0) return;
    if (this.#bytes === 0) this.#start = offset;
    // A copy: a chunk may be a view on a socket's buffer that is used again.
    this.#parts.push(Buffer.from(part));
    this.#bytes += part.length;
  }

  #line(): ConsoleLine {
    return { text: visibleText(Buffer.concat(this.#parts), maxLineBytes), offset: this.#start };
  }

  #take(): ConsoleLine[] {
    if (this.#bytes === 0) return [];
    const line = this.#line();
    this.#parts = [];
    this.#bytes = 0;
    return [line];
  }
}
