import { expect } from 'chai';
import { execaNode } from 'execa';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadCatalog } from '../run/catalog.ts';
import { select } from '../run/selection.ts';

const home = fileURLToPath(new URL('../..', import.meta.url));

/** What `bootproof run`, `replay`, `bisect` or `plan` is given as a case in a text, whatever else stands in the line. */
function casesIn(text: string, folders: readonly string[]): string[] {
  const lines = text.split('\n').filter((line) => /bootproof (run|plan|replay|bisect) /.test(line));
  const word = new RegExp(`(?<=[\\s'])(?:${folders.join('|')})/[\\w/*#-]+`, 'g');
  return lines.flatMap((line) => line.match(word) ?? []);
}

describe('examples', function () {
  this.timeout(60_000);

  it('name cases that exist: README, images/README and --help', async () => {
    const catalog = await loadCatalog(join(home, 'scenarios'));
    const folders = [...new Set(catalog.scenarios.map(({ spec }) => spec.id.split('/')[0]!))];
    const files = ['README.md', 'images/README.md'].map((name) => readFile(join(home, name), 'utf8'));
    const helps = [[], ['run'], ['replay'], ['bisect']].map(async (command) => {
      const argv = [...command, '--help'];
      return (await execaNode(join(home, 'bin/bootproof.mjs'), argv, { nodeOptions: [] })).stdout;
    });
    const named = (await Promise.all([...files, ...helps])).flatMap((text) => casesIn(text, folders));
    expect(named).to.include.members(['interrupted/cut/boot-swap', 'interrupted/**']);
    for (const pattern of named) expect(select(catalog, { patterns: [pattern] })).not.to.be.empty;
  });

  it('are found in a line, quoted or not', () => {
    expect(
      casesIn("  bootproof run 'a/**' --seed 7\n$ npx bootproof replay last b/c-d#2\nsee a/x", ['a', 'b']),
    ).to.deep.equal(['a/**', 'b/c-d#2']);
  });
});
