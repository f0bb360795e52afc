/** Random access to a disk that nobody runs. Offsets and lengths in bytes; reading past the end gives zeros up to `sizeBytes`, then an error. */
export interface BlockDevice {
  readonly sizeBytes: number;
  read(offset: number, length: number): Buffer;
  close(): void;
}

/** A recording of one or more boots: the disk as it was, and everything that was written to it since, in dm-log-writes form. */
export interface Recording {
  /** Raw image before the first write; read-only. */
  readonly basePath: string;
  /** dm-log-writes log (superblock may be stale: read entries to the end of the file). */
  readonly logPath: string;
  /** Events of the machine with the log's size in bytes when they were seen: `reset`, `shutdown`, `powered-on`, `killed`. */
  readonly machineEvents: readonly { readonly event: string; readonly logBytes: number; readonly at: string }[];
}
