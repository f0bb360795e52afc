import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

/** One way to make HTML of Allure results: argv for this Node. */
export interface Generator {
  readonly name: string;
  readonly argv: (resultsDir: string, htmlDir: string) => string[];
}

/**
 * `allure` 3 first: it needs Node alone and gives the same page on every machine. `allure-commandline` needs Java and is for the day on which
 * the first one fails. Both make a single file, which opens without a server.
 */
const generators: readonly Generator[] = [
  {
    name: 'allure 3',
    argv: (results, out) => [
      beside(import.meta.resolve('allure'), '../cli.js'),
      'awesome',
      results,
      '--single-file',
      '--output',
      out,
    ],
  },
  {
    name: 'allure-commandline (Java)',
    argv: (results, out) => [
      beside(import.meta.resolve('allure-commandline'), './bin/allure'),
      'generate',
      results,
      '--single-file',
      '--clean',
      '--output',
      out,
    ],
  },
];

const budgetMs = 180_000;

/** The page's path. @throws Error with what each generator said, when none of them made it. */
export async function generateAllureHtml(resultsDir: string, htmlDir: string, from = generators): Promise<string> {
  const page = join(htmlDir, 'index.html');
  const said: string[] = [];
  for (const { name, argv } of from) {
    const result = await execa(process.execPath, argv(resultsDir, htmlDir), {
      reject: false,
      all: true,
      timeout: budgetMs,
      maxBuffer: 1024 * 1024,
      // In the results' directory, so that no configuration is picked up from where the run happens to be.
      env: { ALLURE_NO_ANALYTICS: '1', NO_COLOR: '1' },
      cwd: resultsDir,
    });
    const made = await stat(page).catch(() => undefined);
    if (!result.failed && made?.isFile() && made.size > 0) {
      await seal(page);
      return page;
    }
    said.push(`${name}: ${lastLine(result.all) || result.shortMessage || 'made no page'}`);
  }
  throw new Error(`No Allure page was made. ${said.join('. ')}`);
}

/**
 * Both generators put a usage counter into the page that loads a script from the network (the 3 one without a way to say no). Evidence
 * must not tell anyone that it is being read: a policy lets the page run its own scripts and fetch nothing.
 */
async function seal(page: string): Promise<void> {
  const text = await readFile(page, 'utf8');
  const policy = "default-src 'unsafe-inline' 'unsafe-eval' data: blob:; object-src 'none'; form-action 'none'";
  const sealed = text.replace(
    /<head[^>]*>/i,
    (head) => `${head}<meta http-equiv="Content-Security-Policy" content="${policy}">`,
  );
  if (sealed === text) throw new Error(`Page without a head, so it cannot be sealed off from the network: ${page}`);
  await writeFile(page, sealed);
}

function beside(moduleUrl: string, relative: string): string {
  return fileURLToPath(new URL(relative, moduleUrl));
}

function lastLine(text: string | undefined): string {
  return text?.trim().split('\n').at(-1)?.trim() ?? '';
}
