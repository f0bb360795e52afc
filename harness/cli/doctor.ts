import { Command } from 'commander';
import { mkdir, statfs } from 'node:fs/promises';
import { cacheDirectory } from '../../images/builder/cache-key.ts';
import { benchFileJsonSchema, type BenchFile } from '../bench-file/schema.ts';
import { HarnessError } from '../errors/harness-error.ts';
import { aptLine, missingNeeds, needsOf, packagesOf } from '../host/host-packages.mjs';
import { lackingOf } from '../run/bench.ts';
import { benchesOf, loadBenchFiles, probeHost, targetSchemas } from './compose.ts';
import { checkDeclared } from './image-sets.ts';
import { table } from './table.ts';

interface Check {
  readonly name: string;
  readonly state: 'ok' | 'missing';
  readonly found: string;
  readonly hint?: string | undefined;
}

/** The image cache and two benches with their recordings; a run checks again for what it really writes. */
const neededBytes = 12 * 1024 ** 3;

export function doctorCommand(ended: (exitCode: number) => void): Command {
  return new Command('doctor')
    .description('Check that everything is here that a run needs')
    .option(
      '--bench <file>',
      'bench file; several times for more',
      (value: string, all: string[]) => [...all, value],
      [],
    )
    .option(
      '--images <file>',
      'file of an image set of your own: are its images there, and which digests have they now?',
    )
    .option('--json', 'as JSON')
    .option('--schema', 'print the JSON Schema of bench files, for an editor, and check nothing')
    .addHelpText('after', '\nExit code 3 when something needed is missing, 2 when a bench file is wrong.\n')
    .action(async (options: { bench: string[]; images?: string; json?: boolean; schema?: boolean }) => {
      if (options.schema) {
        process.stdout.write(`${JSON.stringify(benchFileJsonSchema(targetSchemas), null, 2)}\n`);
        return ended(0);
      }
      const checks = await diagnose(await loadBenchFiles(options.bench));
      if (options.images !== undefined) checks.push(...(await checkImages(options.images)));
      const ok = checks.every(({ state }) => state !== 'missing');
      process.stdout.write(options.json ? `${JSON.stringify({ ok, checks }, null, 2)}\n` : doctorText(checks));
      ended(ok ? 0 : 3);
    });
}

async function diagnose(files: readonly BenchFile[]): Promise<Check[]> {
  const benches = await Promise.all(files.map((file) => checkBench(file)));
  return [checkNode(), ...checkTools(), await checkSpace(), ...benches.flat()];
}

async function checkImages(path: string): Promise<Check[]> {
  try {
    return (await checkDeclared(path)).map(({ ok, ...check }): Check => ({ ...check, state: ok ? 'ok' : 'missing' }));
  } catch (error) {
    if (!(error instanceof HarnessError) || error.code === 'yaml-invalid' || error.code === 'file-missing') throw error;
    return [{ name: 'images', state: 'missing', found: error.message, hint: error.hint }];
  }
}

function checkNode(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  return {
    name: 'node',
    state: ok ? 'ok' : 'missing',
    found: process.version,
    hint: ok ? undefined : '20.19 or newer',
  };
}

function checkTools(): Check[] {
  const use = { isRoot: process.getuid?.() === 0 };
  const missing = missingNeeds(use);
  const absent = missing.map((need): Check => {
    return { name: need.needs, state: 'missing', found: `package ${need.package} is not installed`, hint: need.why };
  });
  const needed = needsOf(use).length;
  return [{ name: 'host programs', state: 'ok', found: `${needed - missing.length} of ${needed}` }, ...absent];
}

async function checkSpace(): Promise<Check> {
  const directory = cacheDirectory();
  try {
    await mkdir(directory, { recursive: true });
    const { bavail, bsize } = await statfs(directory);
    const gib = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
    const ok = bavail * bsize >= neededBytes;
    const hint = ok ? undefined : `${gib(neededBytes)} are needed; BOOTPROOF_CACHE names another place`;
    return { name: 'space', state: ok ? 'ok' : 'missing', found: `${gib(bavail * bsize)} free in ${directory}`, hint };
  } catch (error) {
    const hint = 'BOOTPROOF_CACHE names another place';
    return { name: 'space', state: 'missing', found: (error as Error).message, hint };
  }
}

async function checkBench(file: BenchFile): Promise<Check[]> {
  const benches = benchesOf(file);
  const names = benches.map(({ name }) => name).join(', ');
  const bench: Check = { name: `bench ${file.name}`, state: 'ok', found: `${file.target}: ${names} (${file.path})` };
  const lacking = lackingOf(benches).map(({ bench, capability }): Check => {
    return { name: `bench ${bench}`, state: 'missing', found: `lacks ${capability}`, hint: `${file.path} expects it` };
  });
  try {
    const found = await probeHost(file);
    return [bench, ...lacking, ...found.map((probe): Check => ({ ...probe, state: 'ok' }))];
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    return [bench, ...lacking, { name: error.code, state: 'missing', found: error.message, hint: error.hint }];
  }
}

function doctorText(checks: readonly Check[]): string {
  const rows = checks.map(({ state, name, found, hint }) => [state, name, hint ? `${found}: ${hint}` : found]);
  const packages = packagesOf(missingNeeds({ isRoot: process.getuid?.() === 0 }));
  const apt = packages.length > 0 ? `\nTo install what is missing, as root: ${aptLine(packages)}\n` : '';
  return `${table(['state', 'what', 'found'], rows)}\n${apt}`;
}
