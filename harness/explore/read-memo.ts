import { ProductError } from '../errors/harness-error.ts';

/** What a computation reads through: the content that a place holds now. */
export type ContentAt = (place: number) => number;

interface Variant {
  readonly places: Float64Array;
  readonly contents: Int32Array;
  readonly result: { readonly value: unknown } | { readonly error: ProductError };
}

/** Variants of one computation that are kept: neighbouring states differ in few of them. */
const keptVariants = 24;

/**
 * Remembers what computations over a disk gave, with every place that they read and the content that stood there. In another state the result
 * is taken when all these places hold the same again, so nobody has to say what depends on what. Computations nest.
 */
export class ReadMemo {
  readonly #known = new Map<string, Variant[]>();
  /** What the computations that are running have read, the innermost last. */
  readonly #running: Map<number, number>[] = [];
  #contentAt: ContentAt = () => 0;
  #computed = 0;

  /** Begins another state. Returns nothing of its own: results of states with the same readings stay. */
  enter(contentAt: ContentAt): void {
    this.#contentAt = contentAt;
    this.#computed = 0;
  }

  /** Computations that this state did not find done already. */
  get computed(): number {
    return this.#computed;
  }

  /** Tells what is being read. */
  touch(place: number, content: number): void {
    this.#running.at(-1)?.set(place, content);
  }

  /** `key` names the computation with all its inputs that are not read from the disk. Results are shared: do not write to them. */
  call<T>(key: string, compute: () => T): T {
    const variants = this.#known.get(key);
    const found = variants?.findLast((variant) => this.#holds(variant));
    if (found) {
      const outer = this.#running.at(-1);
      if (outer) found.places.forEach((place, i) => outer.set(place, found.contents[i]!));
      return unwrap<T>(found.result);
    }
    this.#computed++;
    const readings = new Map<number, number>();
    this.#running.push(readings);
    let result: Variant['result'];
    try {
      result = { value: compute() };
    } catch (error) {
      if (!(error instanceof ProductError)) throw error;
      result = { error };
    } finally {
      this.#running.pop();
    }
    const outer = this.#running.at(-1);
    if (outer) for (const [place, content] of readings) outer.set(place, content);
    const variant = {
      places: Float64Array.from(readings.keys()),
      contents: Int32Array.from(readings.values()),
      result,
    };
    if (!variants) this.#known.set(key, [variant]);
    else if (variants.push(variant) > keptVariants) variants.shift();
    return unwrap<T>(result);
  }

  /** Forgets all: what may change has itself changed. */
  clear(): void {
    this.#known.clear();
  }

  #holds({ places, contents }: Variant): boolean {
    for (let i = 0; i < places.length; i++) if (this.#contentAt(places[i]!) !== contents[i]) return false;
    return true;
  }
}

function unwrap<T>(result: Variant['result']): T {
  if ('error' in result) throw result.error;
  return result.value as T;
}
