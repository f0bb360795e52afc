import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { recordEvent, recordVersion } from './event.ts';

/** JSON Schema of one line of `record.jsonl`. It names what must be there; later versions of the tool may add fields. */
export function recordJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(recordEvent, { io: 'input' });
  return { title: `bootproof record, version ${recordVersion}: one line of record.jsonl`, ...schema };
}

/** Regenerate: `node --import tsx harness/record/json-schema.ts > reports/schema/record.v1.json`. */
function recordJsonSchemaText(): string {
  return `${JSON.stringify(recordJsonSchema(), null, 2)}\n`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  process.stdout.write(recordJsonSchemaText());
