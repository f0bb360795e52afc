import { expect } from 'chai';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HarnessError } from '../errors/harness-error.ts';
import { toolVersions } from '../host/tool-versions.ts';
import type { Qualification } from '../record/qualification.ts';
import { keepQualification, qualifiedFacts } from './kept-qualification.ts';
import { toolFacts } from './tool.ts';

describe('the qualification that a host keeps', function () {
  // it asks this host's tools for their versions
  this.timeout(60_000);
  const cache = process.env['BOOTPROOF_CACHE'];
  let directory: string;
  let told: string[];
  let result: Qualification;

  before(async () => {
    const killed = { expected: ['x'], found: ['x'], outcome: 'killed' as const, reason: '' };
    result = {
      version: 1,
      tool: await toolFacts(),
      configuration: await toolVersions(),
      claims: [],
      knownAnomalies: [],
      gaps: [],
      mutants: [{ id: 'm', kind: 'device', what: 'w', caughtBy: 'oracle 1', ...killed }],
    };
  });
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kept-'));
    process.env['BOOTPROOF_CACHE'] = join(directory, 'cache');
    told = [];
  });
  afterEach(async () => {
    if (cache === undefined) delete process.env['BOOTPROOF_CACHE'];
    else process.env['BOOTPROOF_CACHE'] = cache;
    await rm(directory, { recursive: true });
  });

  const tell = (line: string) => void told.push(line);
  const statusOf = async (file?: string) => (await qualifiedFacts(file, tell)).host.qualification.status;

  it('is held against what is here now; one line tells what is wrong, and nothing is said when nothing is', async () => {
    expect(await statusOf()).to.equal('unqualified');
    expect(told).to.have.length(1);
    await keepQualification(JSON.stringify(result));
    expect(await readdir(join(directory, 'cache'))).to.deep.equal(['qualification.json']);
    told = [];
    const { host, tool } = await qualifiedFacts(undefined, tell);
    expect(host.qualification.status).to.equal('inside');
    expect([host.tools, tool]).to.deep.equal([result.configuration, result.tool]);
    expect(told).to.deep.equal([]);
  });

  it('is the last one, also when that has survivors or was made with something else', async () => {
    await keepQualification(JSON.stringify(result));
    await keepQualification(JSON.stringify({ ...result, configuration: { ...result.configuration, node: 'v1.2.3' } }));
    expect(await statusOf()).to.equal('outside');
    expect(told).to.deep.equal([
      `Outside of the qualified configuration: node ${process.version}, qualified v1.2.3 (bootproof qualify).`,
    ]);
    const mutants = result.mutants.map((one) => ({ ...one, outcome: 'survived' as const }));
    await keepQualification(JSON.stringify({ ...result, mutants }));
    expect(await statusOf()).to.equal('survivors');
  });

  it('counts as none when it is damaged; one that was asked for by name is an error then', async () => {
    await keepQualification(JSON.stringify(result).slice(0, -9));
    expect(await statusOf()).to.equal('unqualified');
    const file = join(directory, 'qualification.json');
    await writeFile(file, JSON.stringify({ ...result, version: 99 }));
    const error = await qualifiedFacts(file, tell).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(HarnessError).and.include({ code: 'no-qualification' });
  });

  it('gives way to one that is named', async () => {
    const file = join(directory, 'signed-off.json');
    await writeFile(file, JSON.stringify(result));
    expect(await statusOf(file)).to.equal('inside');
  });
});
