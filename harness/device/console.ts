/** The raw console of a device: bytes as they come, from before power-on. Matching and the transcript are harness/console's. */
export interface ConsolePort {
  /** Called with every chunk and the time it arrived (performance.now()). Returns the way to stop. */
  onData(listener: (chunk: Buffer, atMs: number) => void): () => void;
  /** Writes now; pacing is the adapter's, as its wires need it. */
  write(data: Buffer): Promise<void>;
}
