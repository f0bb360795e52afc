import { expect } from 'chai';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadBenchFile } from '../../../harness/bench-file/load.ts';
import { boardOptions, createBoardTarget, type BoardBenchOptions } from '../../board-bench.ts';
import { labgridOptions } from '../../labgrid/options.ts';

const here = new URL('.', import.meta.url);
const schemas = { board: boardOptions, labgrid: labgridOptions };

describe('bench files of boards', () => {
  for (const name of readdirSync(here).filter((file) => file.endsWith('.yaml')))
    it(`${name} is right, and offers what it expects`, async () => {
      process.env['SNMP_COMMUNITY'] = 'public';
      const file = await loadBenchFile(fileURLToPath(new URL(name, here)), schemas);
      const { capabilities } = createBoardTarget(file.name, file.options as BoardBenchOptions, '/nonexistent');
      expect([...capabilities]).to.include.members([...file.expects]);
    });

  it('refuses a pattern that is none before anything is switched', () => {
    const wrong = boardOptions.shape.identity.safeParse({ kind: 'console', pattern: 'Serial: (', is: '7' });
    expect(wrong.error?.issues.map(({ path, message }) => [path.join('.'), message])).to.deep.equal([
      ['pattern', 'not a regular expression'],
    ]);
  });

  it('says where a bench file is wrong', async () => {
    const wrong = boardOptions.safeParse({
      console: { kind: 'tty', path: 'ttyUSB0' },
      power: { kind: 'relay' },
      ssh: {},
      provision: { kind: 'storage' },
    });
    const places = wrong.error?.issues.map(({ path }) => path.join('.')).sort();
    expect(places).to.deep.equal([
      'console.path',
      'hostAddress',
      'identity',
      'power.kind',
      'provision.path',
      'ssh.host',
    ]);
  });
});
