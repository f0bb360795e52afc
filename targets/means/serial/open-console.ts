import type { Deadline } from '../../../harness/device/deadline.ts';
import type { SerialOptions } from './options.ts';
import { openRfc2217Line } from './rfc2217-line.ts';
import { SerialConsole } from './serial-console.ts';
import type { SerialLine } from './serial-line.ts';
import { openTcpLine } from './tcp-line.ts';
import { openTtyLine } from './tty-line.ts';

/** The console that a bench file describes; closed until `open`. */
export function makeSerialConsole(bench: string, options: SerialOptions): SerialConsole {
  return new SerialConsole(bench, (deadline) => openLine(options, deadline), options);
}

function openLine(options: SerialOptions, deadline: Deadline): Promise<SerialLine> {
  switch (options.kind) {
    case 'tty':
      return openTtyLine(options.path, options.baud, deadline);
    case 'tcp':
      return openTcpLine(options.host, options.port, deadline);
    case 'rfc2217':
      return openRfc2217Line(options.host, options.port, options.baud, deadline);
  }
}
