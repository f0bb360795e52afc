import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

const directory = new URL('../judge/', import.meta.url);

/** The oracles as source, by file name: what was judged with can be read for as long as the evidence is kept. */
export function oracleSources(): ReadonlyMap<string, Buffer> {
  const names = readdirSync(directory)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.startsWith('test-'))
    .sort();
  return new Map(names.map((name) => [name, readFileSync(new URL(name, directory))]));
}

/** sha256 over names and contents, hex: the same for the same oracles. */
export function oraclesDigest(sources: ReadonlyMap<string, Buffer>): string {
  const hash = createHash('sha256');
  for (const name of [...sources.keys()].sort()) {
    const content = sources.get(name) ?? Buffer.alloc(0);
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}
