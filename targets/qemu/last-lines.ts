/** The end of a text stream, for a message: bounded, and with what is not printable escaped. */
export class LastLines {
  #text = '';

  constructor(private readonly maxChars = 8192) {}

  push(chunk: Buffer): void {
    this.#text = (this.#text + chunk.toString('latin1')).slice(-this.maxChars);
  }

  lines(count = 5): string[] {
    const lines = this.#text.split(/\r?\n/).filter((line) => line.trim() !== '');
    return lines.slice(-count).map((line) => JSON.stringify(line.slice(0, 300)).slice(1, -1));
  }
}
