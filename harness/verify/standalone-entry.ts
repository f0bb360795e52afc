import { readPublicKey } from '../bundle/signing-key.ts';
import { HarnessError } from '../errors/harness-error.ts';
import { verificationText } from './verification-text.ts';
import { verifyBundle } from './verify.ts';

/** Entry of the file that stands beside a bundle; put in by its builder, because the sources are not there. */
declare const oraclesOfBuild: string;

async function main(argv: readonly string[]): Promise<number> {
  const keys: string[] = [];
  const paths: string[] = [];
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? '';
    if (word === '--key') keys.push(argv[(at += 1)] ?? '');
    else paths.push(word);
  }
  const [path] = paths;
  if (path === undefined || paths.length > 1 || path.startsWith('-')) {
    process.stderr.write('usage: node BUNDLE.verify.mjs BUNDLE [--key KEY.pub.json]...\n');
    return 2;
  }
  try {
    const trusted = await Promise.all(keys.map((file) => readPublicKey(file)));
    const result = await verifyBundle(path, { trusted, oracles: oraclesOfBuild });
    process.stdout.write(verificationText(result));
    return result.sound ? 0 : 1;
  } catch (error) {
    const hint = error instanceof HarnessError && error.hint ? `\n  hint: ${error.hint}` : '';
    process.stderr.write(`${JSON.stringify((error as Error).message).slice(1, -1)}${hint}\n`);
    return 2;
  }
}

// Node would end with 1, which says that the bundle is not sound. Who reads may stop reading (`| head`).
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return;
  process.stderr.write(`Output not written: ${error.message}\n`);
  process.exitCode ||= 2;
});

process.exitCode = (await main(process.argv.slice(2))) || process.exitCode;
