import { expect } from 'chai';
import { parseTreeScan } from './tree-scan.ts';

const listed = async (...names: string[]) => {
  const entries = names.map((name, at) => ['E', 'f', '644', '0', '0', '1', String(at), '1', name, ''].join('\0'));
  const hashes = names.map((name) => `${'a'.repeat(64)}  ./${name}`);
  const text = [...entries, 'H', ...hashes, 'X', ''].join('\0');
  return parseTreeScan([Buffer.from(text)] as unknown as AsyncIterable<Buffer>);
};

describe('listing of a tree on a running device', () => {
  it('has every file, whatever its name', async () => {
    const names = ['plain', '__proto__', 'constructor', 'with\nnewline', 'a\\b', '-rf'];
    const tree = await listed(...names);
    expect(Object.keys(tree)).to.have.members(names);
    for (const [name, { sha256 }] of Object.entries(tree)) expect(sha256, name).to.equal('a'.repeat(64));
  });
});
