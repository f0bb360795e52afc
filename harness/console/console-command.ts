import { BenchError, UsageError } from '../errors/harness-error.ts';
import { stripEscapes } from './visible-text.ts';

/** A terminal in canonical mode takes lines of 4096 bytes (termios(3)) and drops the rest in silence. */
const maxCommandBytes = 4000;

/** What others write into the middle of a command's output: kernel lines and systemd's status lines, whole up to their newline. */
const foreignLine = String.raw`(?:\[ {0,6}\d+\.\d{6}\]|\[(?:\x1b\[[0-9;]*m)?(?:  OK  |FAILED|DEPEND| WARN | INFO ))[^\n]{0,1024}\n`;

/** A pattern that finds `text` on a console even where the kernel broke in with lines of its own. */
export function interrupted(text: string): RegExp {
  const characters = [...text].map((character) => character.replace(/[\\^$.*+?()[\]{}|/]/, String.raw`\$&`));
  return new RegExp(characters.join(`(?:${foreignLine})*`));
}

function quote(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** `BEGINnonce` as a shell prints it, written so that the terminal's echo of the command does not hold it. */
function echoProof(marker: string): string {
  return `${quote(marker.slice(0, 3))}${quote(marker.slice(3))}`;
}

/** One command typed at a shell's prompt, framed so that its output and exit status can be told from everything else. */
export class ConsoleCommand {
  readonly begin: RegExp;
  readonly end: RegExp;
  /** What is typed, with its newline. */
  readonly line: string;

  /** @param nonce letters and digits, fresh for every command. @throws UsageError `console-command-too-long`. */
  constructor(argv: readonly string[], nonce: string) {
    const [begin, end] = [`BPB${nonce}`, `BPE${nonce}`];
    this.begin = interrupted(begin);
    this.end = interrupted(end);
    const command = argv.map(quote).join(' ');
    // base64: a terminal changes newlines, and a kernel line in the middle can be told from the output.
    this.line = ` echo ${echoProof(begin)}; { { ${command}; } 2>&1 </dev/null; printf '\\n%d' $?; } | base64; echo ${echoProof(end)}\n`;
    if (Buffer.byteLength(this.line) > maxCommandBytes)
      throw new UsageError(`Command too long for a console: ${Buffer.byteLength(this.line)} bytes`, {
        code: 'console-command-too-long',
        hint: `a terminal takes lines of ${maxCommandBytes} bytes: use the shell of the target`,
      });
  }

  /** `between`: the bytes between the two markers. @throws BenchError `console-garbled` when it is not what the command line prints. */
  static parse(between: Buffer): { exitCode: number; output: Buffer } {
    const foreign = new RegExp(foreignLine, 'g');
    const text = stripEscapes(between.toString('latin1').replace(foreign, '')).replace(/\s/g, '');
    const decoded = /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? Buffer.from(text, 'base64') : Buffer.alloc(0);
    const split = decoded.lastIndexOf('\n');
    const status = decoded.subarray(split + 1).toString('latin1');
    if (split < 0 || !/^\d{1,3}$/.test(status))
      throw new BenchError('Console output garbled: what came between the markers is not a framed result', {
        code: 'console-garbled',
        hint: 'does the device have base64, and is nothing else writing to this console?',
        details: { bytes: between.length },
      });
    return { exitCode: Number(status), output: decoded.subarray(0, split) };
  }
}
