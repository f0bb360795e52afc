import { z } from 'zod';
import { recordEvent } from './event.ts';

let words: ReadonlySet<string> | undefined;

/** The words of the schema itself (field names, event names, verdicts ...): public, so a secret that happens to be one of them is left there. */
export function vocabulary(): ReadonlySet<string> {
  words ??= new Set(collect(z.toJSONSchema(recordEvent, { io: 'input' })));
  return words;
}

function* collect(schema: unknown): Generator<string> {
  if (typeof schema !== 'object' || schema === null) return;
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties' && typeof value === 'object' && value !== null) yield* Object.keys(value);
    if (key === 'const' && typeof value === 'string') yield value;
    if (key === 'enum' && Array.isArray(value)) yield* value.filter((word) => typeof word === 'string');
    yield* collect(value);
  }
}
