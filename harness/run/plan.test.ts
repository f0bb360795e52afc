import { expect } from 'chai';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Capability } from '../device/capability.ts';
import { UsageError } from '../errors/harness-error.ts';
import { lackingOf, type Bench } from './bench.ts';
import { loadCatalog, type Catalog } from './catalog.ts';
import { makePlan } from './plan.ts';

const bench = (name: string, capabilities: Capability[], expects: Capability[] = []): Bench => ({
  name,
  file: { path: `${name}.yaml`, name: name.replace(/-.$/, ''), target: 'fake', instances: 1, expects, options: {} },
  capabilities,
  lossModel: 'memory+cache',
});
const able: Capability[] = ['console', 'power.cut'];
const refusal = (attempt: () => unknown): UsageError => {
  try {
    attempt();
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('accepted');
};

describe('plan', () => {
  let catalog: Catalog;
  before(async () => {
    catalog = await loadCatalog(fileURLToPath(new URL('./fixtures/scenarios', import.meta.url)));
  });
  const ids = (selection: { profile?: string; patterns?: string[] }) =>
    makePlan(catalog, { patterns: [], ...selection }, [bench('q-a', able)], 1).items.map(({ planned }) => planned.case);

  it('takes the standard profile when nothing is asked, in its order, a repetition as a case', () => {
    expect(ids({})).to.deep.equal(['update', 'interrupted/boot-swap#1', 'interrupted/boot-swap#2']);
  });

  it('takes ids and globs from all scenarios, or from a profile', () => {
    expect(ids({ patterns: ['offline/disk', 'update'] })).to.deep.equal(['offline/disk', 'update']);
    expect(ids({ patterns: ['interrupted/boot-swap#2'] })).to.deep.equal(['interrupted/boot-swap#2']);
    // A cut of a campaign, by the name that it has there.
    expect(ids({ patterns: ['interrupted/boot-swap#17', 'update#3'] })).to.deep.equal([
      'interrupted/boot-swap#17',
      'update#3',
    ]);
    for (const none of ['update#0', 'update#', 'updat#1', 'update#1#1'])
      expect(() => ids({ patterns: [none] }), none).to.throw('No such case');
    expect(ids({ profile: 'standard', patterns: ['update'] })).to.deep.equal(['update']);
    expect(ids({ profile: 'nightly' })).to.have.length(6);
  });

  it('refuses what names nothing, with the nearest names', () => {
    const why = (selection: { profile?: string; patterns?: string[] }) => refusal(() => ids(selection));
    expect(why({ patterns: ['update', 'interupted/boot-swap'] })).to.include({
      code: 'no-such-case',
      hint: 'did you mean interrupted/boot-swap, interrupted/boot-swap#1, interrupted/boot-swap#2?',
    });
    expect(why({ profile: 'standart' })).to.include({ code: 'no-such-profile', hint: 'did you mean standard?' });
    expect(why({ profile: 'constructor' })).to.include({ code: 'no-such-profile' });
    expect(why({ profile: 'stale' }).message).to.equal('No such case in profile stale: gone');
    expect(why({ profile: 'standard', patterns: ['offline/disk'] })).to.include({ code: 'empty-selection' });
  });

  it('plans what no bench can do as not applicable, and names what is missing', () => {
    const plan = makePlan(
      catalog,
      { profile: 'nightly', patterns: [] },
      [bench('b', ['console']), bench('q-a', able)],
      1,
    );
    const offline = plan.items.find(({ planned }) => planned.case === 'offline/disk');
    expect(offline).to.deep.include({ benches: [], missing: ['disk.offline'] });
    const cut = plan.items.find(({ planned }) => planned.case === 'interrupted/boot-swap#1');
    expect(cut).to.deep.include({ benches: ['q-a'], missing: [] });
    expect(cut?.planned.bench).to.equal('q');
  });

  it('says which cases the profile wants to be applicable', () => {
    const wanted = (selection: { profile?: string; patterns: string[] }) =>
      makePlan(catalog, selection, [bench('q-a', able)], 1)
        .items.filter(({ planned }) => planned.mustApply)
        .map(({ planned }) => planned.case);
    expect(wanted({ patterns: [] })).to.deep.equal(['update', 'interrupted/boot-swap#1', 'interrupted/boot-swap#2']);
    expect(wanted({ profile: 'nightly', patterns: ['update', 'offline/disk'] })).to.deep.equal(['update']);
    expect(wanted({ patterns: ['update'] })).to.deep.equal([]);
  });

  it('is the same for the same input, and has another hash for another selection', () => {
    const make = (patterns: string[], seed = 5) => makePlan(catalog, { patterns }, [bench('q-a', able)], seed);
    expect(make(['update'])).to.deep.equal(make(['update']));
    expect(make(['update']).hash).not.to.equal(make(['known']).hash);
    const [once, again] = [make(['update']), make(['update', 'known'])];
    expect(once.items[0]?.seed, 'a case alone has the seed it has in its run').to.equal(again.items[0]?.seed);
    expect(make(['update'], 6).items[0]?.seed).not.to.equal(once.items[0]?.seed);
  });

  it('refuses two benches of one name, and tells what a bench lacks of what it is expected to have', () => {
    expect(refusal(() => makePlan(catalog, { patterns: [] }, [bench('q', able), bench('q', able)], 1))).to.include({
      code: 'two-benches-one-name',
    });
    expect(lackingOf([bench('q', able, ['power.cut', 'disk.fork'])])).to.deep.equal([
      { bench: 'q', capability: 'disk.fork' },
    ]);
  });
});

describe('catalog', () => {
  const index = new URL('../index.ts', import.meta.url).href;
  const body = 'async () => {}';
  async function refused(files: Record<string, string>): Promise<UsageError> {
    const directory = await mkdtemp(join(tmpdir(), 'bootproof-catalog-'));
    const all = {
      'requirements.yaml': '- {id: R-1, text: t, source: s}\n',
      'package.json': '{"type":"module"}',
      'profiles.yaml': 'standard: [a]\n',
      'a.ts': `import { scenario } from '${index}';\nscenario({ id: 'a', title: 't', requirements: ['R-1'] }, ${body});\n`,
      ...files,
    };
    for (const [name, text] of Object.entries(all)) await writeFile(join(directory, name), text);
    return loadCatalog(directory).then(
      () => Promise.reject(new Error('accepted')),
      (error: unknown) => (error instanceof UsageError ? error : Promise.reject(error as Error)),
    );
  }

  it('refuses scenarios that are wrong, all at once', async () => {
    const error = await refused({
      'b.ts': `import { scenario } from '${index}';
        scenario({ id: 'a', title: 't', requirements: ['R-1'] }, ${body});
        scenario({ id: 'B b', title: ' ', requirements: [], repeat: 0, needs: ['power.cutt'] }, ${body});
        scenario({ id: 'c', title: 't', requirements: ['R-2'], negative: { verdict: 'passed', codes: [] } }, ${body});`,
    });
    for (const part of [
      'a: registered twice, in a.ts and b.ts',
      'b.ts: B b: an id is path-like',
      'B b: a scenario has a title',
      'B b: a scenario names at least one requirement',
      'B b: repeat is a whole number',
      'unknown capability power.cutt: did you mean power.cut',
      'c: unknown requirement R-2: did you mean R-1?',
      'c: a negative must be failed or broken',
      'c: a negative names the codes',
    ])
      expect(error.message).to.contain(part);
  });

  it('refuses a file that does not load, and lists that are wrong, with the place', async () => {
    expect((await refused({ 'b.ts': 'throw new Error("half done")' })).message).to.match(
      /^half done: scenario file .*b\.ts$/,
    );
    expect(
      (await refused({ 'requirements.yaml': '- {id: R-1, text: t, source: s}\n- {id: R-1, text: t, sorce: s}\n' }))
        .message,
    ).to.contain('requirements.yaml:2:22: unknown key `sorce`: did you mean source?');
    const issue = (expires: string, cases: string) =>
      `- {id: K, tracker: T, expires: ${expires}, accepted-by: P, codes: [c], cases: [${cases}]}\n`;
    expect((await refused({ 'known-issues.yaml': issue('2026-13-01', 'a') })).message).to.contain('expires is a date');
    expect((await refused({ 'known-issues.yaml': issue('2026-12-01', 'z') })).message).to.contain('no such case: z');
  });
});
