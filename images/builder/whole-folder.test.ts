import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeWhole } from './whole-folder.ts';

describe('a folder that is made whole or not at all', () => {
  let parent: string;
  let folder: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'bootproof-whole-'));
    folder = join(parent, 'sets/one');
  });
  afterEach(() => rmSync(parent, { recursive: true }));
  const write = (text: string) => async (work: string) => writeFileSync(join(work, 'it'), text);
  const has = (): string => readFileSync(join(folder, 'it'), 'utf8');
  const around = (): string[] => readdirSync(join(parent, 'sets')).sort();

  it('is not there while it is made', async () => {
    await makeWhole(folder, async (work) => {
      await write('done')(work);
      expect(existsSync(folder)).to.equal(false);
    });
    expect(has()).to.equal('done');
    expect(around()).to.deep.equal(['one']);
  });

  it('leaves nothing behind when that fails, and tells why', async () => {
    const failed = await makeWhole(folder, async (work) => {
      await write('half')(work);
      throw new Error('no room');
    }).catch((error: Error) => error.message);
    expect(failed).to.equal('no room');
    expect(around()).to.deep.equal([]);
  });

  it('stays as whoever was first has made it, unless it is to be replaced', async () => {
    const second = async (work: string): Promise<void> => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'it'), 'first');
      await write('second')(work);
    };
    await makeWhole(folder, second);
    expect(has()).to.equal('first');
    await makeWhole(folder, second, { replace: true });
    expect(has()).to.equal('second');
    expect(around()).to.deep.equal(['one']);
  });

  it('sweeps what a process that is gone left, and nothing of one that goes on', async () => {
    const gone = spawnSync('true').pid;
    const goesOn = process.ppid;
    for (const name of [`two.partial-${gone}`, `two.partial-${goesOn}`, 'partial-of-mine'])
      mkdirSync(join(parent, 'sets', name, 'deep'), { recursive: true });
    await makeWhole(folder, write('done'));
    expect(around()).to.deep.equal(['one', 'partial-of-mine', `two.partial-${goesOn}`]);
  });
});
