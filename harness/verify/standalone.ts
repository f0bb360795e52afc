import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { InternalError } from '../errors/harness-error.ts';

/** What is used of esbuild, which tsx brings: no dependency of its own, and the same version that runs these sources. */
interface Bundler {
  build(options: Record<string, unknown>): Promise<{ errors: readonly { readonly text: string }[] }>;
}

/**
 * Writes the verifier as one file that needs Node alone: entry `standalone-entry.ts` with all that it imports, dependencies included, and
 * the digest of the oracles in it. Readable, not minified: whoever has to trust it can read it.
 */
export async function writeStandaloneVerifier(path: string, oracles: string): Promise<void> {
  const requireOfTsx = createRequire(createRequire(import.meta.url).resolve('tsx/package.json'));
  const { build } = requireOfTsx('esbuild') as Bundler;
  try {
    await build({
      entryPoints: [fileURLToPath(new URL('./standalone-entry.ts', import.meta.url))],
      outfile: path,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      charset: 'utf8',
      legalComments: 'inline',
      logLevel: 'silent',
      banner: { js: '// Verifier of bootproof evidence bundles. node THIS BUNDLE [--key KEY.pub.json]' },
      define: { oraclesOfBuild: JSON.stringify(oracles) },
    });
  } catch (cause) {
    throw new InternalError(`Verifier not built: ${path}`, { code: 'verifier-not-built', cause });
  }
}
