import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { z } from 'zod';
import { recordJsonSchema } from './json-schema.ts';

const read = (path: string) => readFileSync(new URL(`../../reports/${path}`, import.meta.url), 'utf8');

describe('reports/schema/record.v1.json', () => {
  it('is what the code says', () => {
    expect(JSON.parse(read('schema/record.v1.json'))).to.deep.equal(
      JSON.parse(JSON.stringify(recordJsonSchema())),
      'regenerate: node --import tsx harness/record/json-schema.ts > reports/schema/record.v1.json',
    );
  });

  it('accepts every line of the stored record, and not one without its verdict', () => {
    const schema = z.fromJSONSchema(
      JSON.parse(read('schema/record.v1.json')) as Parameters<typeof z.fromJSONSchema>[0],
    );
    const lines = read('fixtures/v1/record.jsonl').trimEnd().split('\n');
    expect(lines.length).to.be.greaterThan(30);
    for (const line of lines) expect(schema.safeParse(JSON.parse(line)).error).to.equal(undefined);
    const verdict = JSON.parse(lines.find((line) => line.includes('"event":"verdict"')) ?? '') as Record<
      string,
      unknown
    >;
    expect(schema.safeParse({ ...verdict, verdict: 'fine' }).success).to.equal(false);
    expect(schema.safeParse({ ...verdict, prev: undefined }).success).to.equal(false);
  });
});
