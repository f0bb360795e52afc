import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeBundle, type WrittenBundle } from '../bundle/bundle.ts';
import { oraclesDigest, oracleSources } from '../bundle/oracle-sources.ts';
import { readSigningKey } from '../bundle/signing-key.ts';
import type { TarEntry } from '../bundle/tar-writer.ts';
import { UsageError } from '../errors/harness-error.ts';
import { openRun, type RunRecord } from '../record/run-record.ts';
import { writeStandaloneVerifier } from '../verify/standalone.ts';
import { imagesOfRun } from './packed-images.ts';
import { home, toolFacts } from './tool.ts';

interface WrittenEvidence extends WrittenBundle {
  /** The verifier that needs Node alone. */
  readonly verifier: string;
}

export interface BundleOptions {
  /** Private key file. */
  readonly key?: string | undefined;
  /** The images too: true, or the directory of their set where it is not in the cache. */
  readonly withImages?: true | string | undefined;
}

/** A bundle of a run, and its verifier beside it. @throws UsageError as openRun, readSigningKey, imagesOfRun and writeBundle do. */
export async function bundleRun(runDir: string, path: string, options: BundleOptions): Promise<WrittenEvidence> {
  const run = await openRun(runDir);
  const { key, withImages } = options;
  if (withImages === undefined) return writeEvidence(run, path, { key, images: [] });
  // compressed disks: beside the bundle, which takes as much
  const scratch = `${path}.images-${process.pid}`;
  await mkdir(scratch).catch((cause: Error) => {
    throw new UsageError(`Bundle not written (${cause.message}): ${path}`, { code: 'bundle-not-written', cause });
  });
  try {
    const images = await imagesOfRun(run.ledger, scratch, withImages === true ? undefined : withImages);
    return await writeEvidence(run, path, { key, images });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function writeEvidence(
  run: RunRecord,
  path: string,
  { key, images }: { readonly key: string | undefined; readonly images: readonly TarEntry[] },
): Promise<WrittenEvidence> {
  const oracles = oracleSources();
  const { version, commit } = await toolFacts();
  const written = await writeBundle(path, run, {
    key: key === undefined ? undefined : await readSigningKey(key),
    images,
    tool: { version, commit },
    lockText: await readFile(join(home, 'package-lock.json'), 'utf8'),
    oracles,
    requirements: await readFile(join(home, 'scenarios', 'requirements.yaml')),
  });
  const verifier = `${path.replace(/\.tar$/, '')}.verify.mjs`;
  await writeStandaloneVerifier(verifier, oraclesDigest(oracles));
  return { ...written, verifier };
}

export function bundleText({ path, files, sizeBytes, imagesBytes, sha256, keyid, verifier }: WrittenEvidence): string {
  const images = imagesBytes === 0 ? 'without images' : `${imagesBytes} of them images`;
  const signed = keyid === undefined ? 'not signed: give --key' : `signed by key ${keyid}`;
  return `bundle    ${path}, ${files} files, ${sizeBytes} bytes, ${images}, ${signed}\nsha256    ${sha256}\nverifier  ${verifier}\n`;
}
