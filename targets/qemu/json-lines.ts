import { BenchError } from '../../harness/errors/harness-error.ts';

/** Cuts a byte stream into lines, whatever the chunks are; what has no end yet is kept, and never more than `maxBytes` of it. */
export class JsonLines {
  #pending: Buffer[] = [];
  #pendingBytes = 0;

  constructor(private readonly maxBytes: number) {}

  /** @throws BenchError `qmp-line-too-long`, `qmp-malformed`. */
  push(chunk: Buffer): Record<string, unknown>[] {
    const values: Record<string, unknown>[] = [];
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      this.#keep(chunk.subarray(start, end));
      const line = Buffer.concat(this.#pending).toString('utf8').trim();
      this.#pending = [];
      this.#pendingBytes = 0;
      if (line !== '') values.push(parseObject(line));
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    return values;
  }

  #keep(part: Buffer): void {
    this.#pendingBytes += part.length;
    if (this.#pendingBytes > this.maxBytes)
      throw new BenchError(`Line longer than ${this.maxBytes} bytes on the QMP socket`, { code: 'qmp-line-too-long' });
    if (part.length > 0) this.#pending.push(part);
  }
}

function parseObject(line: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw malformed(line, cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(line);
  return value as Record<string, unknown>;
}

function malformed(line: string, cause?: unknown): BenchError {
  return new BenchError(`Not a JSON object on the QMP socket: ${JSON.stringify(line.slice(0, 200))}`, {
    code: 'qmp-malformed',
    cause,
  });
}
