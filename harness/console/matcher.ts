import { InternalError } from '../errors/harness-error.ts';

/** A RegExp or an exact string, over bytes as latin1 characters. */
export interface NamedPattern {
  readonly name: string;
  readonly pattern: RegExp | string;
}

export interface StreamMatch {
  /** Of the pattern. */
  readonly name: string;
  /** latin1. */
  readonly text: string;
  /** Capture groups by number ('1') and by name. */
  readonly groups: Readonly<Record<string, string>>;
  /** Offsets in the stream: [start, end). */
  readonly start: number;
  readonly end: number;
}

/** Where a RegExp is sure to be found: a match of up to this many bytes. A string is found at any length. */
const defaultWindowBytes = 64 * 1024;

/**
 * Finds the match that is complete first, as if the bytes came one at a time: the result does not depend on how a stream
 * was cut into chunks. Of patterns complete at the same byte the one named first wins. So a RegExp takes as little as it
 * can (`version (\S+)` gives one character: write what ends it, `version (\S+) `), and must not look at what has not come
 * yet: `$`, `\b` and look-arounds are refused, `^` needs the flag m.
 */
export class StreamMatcher {
  readonly #patterns: readonly { name: string; needle: string | RegExp }[];
  readonly #window: number;
  readonly #from: number;
  readonly #longestString: number;
  readonly #hasRegExp: boolean;
  #text: string;
  #textStart: number;
  #scanned: number;

  /** `before`: the byte in front of `from`, so that `^` knows whether a line begins there. @throws InternalError `bad-pattern`. */
  constructor(
    patterns: readonly NamedPattern[],
    from = 0,
    { windowBytes = defaultWindowBytes, before = '' }: { windowBytes?: number; before?: string } = {},
  ) {
    this.#patterns = patterns.map(({ name, pattern }) => ({ name, needle: streamable(name, pattern) }));
    this.#window = windowBytes;
    this.#from = from;
    this.#longestString = Math.max(
      0,
      ...patterns.map(({ pattern }) => (typeof pattern === 'string' ? pattern.length : 0)),
    );
    this.#hasRegExp = patterns.some(({ pattern }) => typeof pattern !== 'string');
    this.#text = before;
    this.#textStart = from - before.length;
    this.#scanned = from;
  }

  /** The next bytes, as latin1. A matcher that has matched is used up. */
  push(chunk: string): StreamMatch | undefined {
    this.#text += chunk;
    const end = this.#textStart + this.#text.length;
    while (this.#scanned < end) {
      const blockEnd = this.#from + (this.#block(this.#scanned + 1) + 1) * this.#window;
      const to = Math.min(end, blockEnd);
      const match = this.#scan(this.#scanned, to);
      if (match) return match;
      this.#scanned = to;
    }
    this.#forget(end);
    return undefined;
  }

  /**
   * RegExps see the text from the start of the block before the one that `end` is in: at least a window, at most two. The
   * start depends on the offset alone, never on chunks, and within a block a longer text can only match more.
   */
  #block(end: number): number {
    return Math.floor((end - this.#from - 1) / this.#window);
  }

  #windowStart(end: number): number {
    return this.#from + Math.max(0, this.#block(end) - 1) * this.#window;
  }

  #scan(after: number, to: number): StreamMatch | undefined {
    let best: { end: number; name: string; needle: string | RegExp } | undefined;
    for (const { name, needle } of this.#patterns) {
      const limit = best ? best.end - 1 : to;
      const end =
        typeof needle === 'string' ? this.#stringEnd(needle, after, limit) : this.#regExpEnd(needle, after, limit);
      if (end !== undefined) best = { end, name, needle };
    }
    return best && this.#match(best);
  }

  #stringEnd(needle: string, after: number, limit: number): number | undefined {
    const first = Math.max(this.#from, after + 1 - needle.length);
    const index = this.#text.indexOf(needle, first - this.#textStart);
    const end = this.#textStart + index + needle.length;
    return index >= 0 && end <= limit ? end : undefined;
  }

  /** The smallest end in (after, limit] up to which the text matches: matching is monotone in the end, so it can be bisected. */
  #regExpEnd(needle: RegExp, after: number, limit: number): number | undefined {
    if (limit <= after) return undefined;
    const whole = this.#exec(needle, limit);
    if (!whole) return undefined;
    let below = after;
    let above = Math.min(limit, whole.end);
    while (above - below > 1) {
      const middle = Math.floor((below + above) / 2);
      if (this.#exec(needle, middle)) above = middle;
      else below = middle;
    }
    return above;
  }

  #exec(needle: RegExp, end: number): { start: number; end: number; found: RegExpExecArray } | undefined {
    const windowStart = this.#windowStart(end);
    // One byte more in front, for `^`.
    const sliceStart = Math.max(this.#textStart, windowStart - 1);
    needle.lastIndex = windowStart - sliceStart;
    const found = needle.exec(this.#text.slice(sliceStart - this.#textStart, end - this.#textStart));
    if (!found) return undefined;
    const start = sliceStart + found.index;
    return { start, end: start + found[0].length, found };
  }

  #match({ name, needle, end }: { name: string; needle: string | RegExp; end: number }): StreamMatch {
    if (typeof needle === 'string') return { name, text: needle, groups: {}, start: end - needle.length, end };
    const result = this.#exec(needle, end);
    if (!result) throw new InternalError(`Match lost: pattern ${name}`, { code: 'match-lost' });
    const groups: Record<string, string> = {};
    result.found.slice(1).forEach((value: string | undefined, index) => {
      if (value !== undefined) groups[String(index + 1)] = value;
    });
    for (const [key, value] of Object.entries(result.found.groups ?? {})) {
      if ((value as string | undefined) !== undefined) groups[key] = value;
    }
    return { name, text: result.found[0], groups, start: result.start, end };
  }

  #forget(end: number): void {
    const forStrings = end - this.#longestString;
    const forRegExps = this.#hasRegExp ? this.#windowStart(end + 1) - 1 : end;
    const keepFrom = Math.max(this.#textStart, Math.min(forStrings, forRegExps));
    this.#text = this.#text.slice(keepFrom - this.#textStart);
    this.#textStart = keepFrom;
  }
}

/** What a RegExp must not hold, seen with escapes and classes taken out of its source. */
function lookAhead({ source, flags }: RegExp): string | undefined {
  let boundary = false;
  const plain = source.replace(/\\[^]|\[(?:\\[^]|[^\]\\])*\]/g, (atom) => {
    boundary ||= /^\\b$/i.test(atom);
    return '_';
  });
  if (boundary) return '\\b or \\B';
  const found = /\$|\(\?<?[=!]/.exec(plain)?.[0];
  if (found) return found;
  return plain.includes('^') && !flags.includes('m') ? '^ without the flag m' : undefined;
}

function streamable(name: string, pattern: NamedPattern['pattern']): string | RegExp {
  const bad = (why: string) =>
    new InternalError(`Pattern cannot be used on a stream: ${name} ${why}`, {
      code: 'bad-pattern',
      hint: 'a match counts as soon as it is complete: it can look neither ahead nor behind, and must take at least one byte',
      details: { pattern: String(pattern) },
    });
  if (typeof pattern === 'string') {
    if (pattern === '') throw bad('is empty');
    return Buffer.from(pattern, 'utf8').toString('latin1');
  }
  const problem = lookAhead(pattern);
  if (problem) throw bad(`holds ${problem}`);
  const global = new RegExp(pattern.source, `${pattern.flags.replace(/[gyd]/g, '')}g`);
  if (global.test('')) throw bad('matches nothing at all');
  return global;
}
