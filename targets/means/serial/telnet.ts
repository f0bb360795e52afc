/** Telnet (RFC 854) as bytes: what is data, and what is a command, whatever the chunks are. */

export const iac = 255;
export const verbs = { will: 251, wont: 252, do: 253, dont: 254 } as const;
const sb = 250;
const se = 240;

export type TelnetEvent =
  | { readonly kind: 'data'; readonly bytes: Buffer }
  | { readonly kind: 'option'; readonly verb: keyof typeof verbs; readonly option: number }
  | { readonly kind: 'subnegotiation'; readonly option: number; readonly bytes: Buffer };

/** A longer subnegotiation is none that is known here: its rest is thrown away. */
const maxSubnegotiationBytes = 256;

export class TelnetDecoder {
  #state: 'data' | 'iac' | 'option' | 'sub' | 'sub-iac' = 'data';
  #verb: keyof typeof verbs = 'will';
  #sub: number[] = [];

  push(chunk: Buffer): TelnetEvent[] {
    const events: TelnetEvent[] = [];
    let data: number[] = [];
    const flush = (): void => {
      if (data.length > 0) events.push({ kind: 'data', bytes: Buffer.from(data) });
      data = [];
    };
    for (const byte of chunk) {
      if (this.#state === 'data') {
        if (byte === iac) this.#state = 'iac';
        else data.push(byte);
      } else if (this.#state === 'iac') {
        const verb = verbOf(byte);
        this.#state = verb ? 'option' : byte === sb ? 'sub' : 'data';
        if (verb) this.#verb = verb;
        if (byte === sb) this.#sub = [];
        if (byte === iac) data.push(iac);
      } else if (this.#state === 'option') {
        flush();
        events.push({ kind: 'option', verb: this.#verb, option: byte });
        this.#state = 'data';
      } else if (this.#state === 'sub') {
        if (byte === iac) this.#state = 'sub-iac';
        else this.#keep(byte);
      } else if (byte === se) {
        flush();
        const [option, ...rest] = this.#sub;
        if (option !== undefined) events.push({ kind: 'subnegotiation', option, bytes: Buffer.from(rest) });
        this.#state = 'data';
      } else {
        this.#keep(byte);
        this.#state = 'sub';
      }
    }
    flush();
    return events;
  }

  #keep(byte: number): void {
    if (this.#sub.length <= maxSubnegotiationBytes) this.#sub.push(byte);
  }
}

/** Data as it goes over the wire. */
export function escapeData(data: Buffer): Buffer {
  if (!data.includes(iac)) return data;
  return Buffer.from([...data].flatMap((byte) => (byte === iac ? [iac, iac] : [byte])));
}

export function optionCommand(verb: keyof typeof verbs, option: number): Buffer {
  return Buffer.from([iac, verbs[verb], option]);
}

export function subnegotiation(option: number, bytes: readonly number[]): Buffer {
  return Buffer.concat([Buffer.from([iac, sb, option]), escapeData(Buffer.from(bytes)), Buffer.from([iac, se])]);
}

function verbOf(byte: number): keyof typeof verbs | undefined {
  return (Object.keys(verbs) as (keyof typeof verbs)[]).find((name) => verbs[name] === byte);
}
