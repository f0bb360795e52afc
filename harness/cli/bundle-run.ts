import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeBundle, type WrittenBundle } from '../bundle/bundle.ts';
import { oraclesDigest, oracleSources } from '../bundle/oracle-sources.ts';
import { readSigningKey } from '../bundle/signing-key.ts';
import { openRun } from '../record/run-record.ts';
import { writeStandaloneVerifier } from '../verify/standalone.ts';
import { home, toolFacts } from './tool.ts';

interface WrittenEvidence extends WrittenBundle {
  /** The verifier that needs Node alone. */
  readonly verifier: string;
}

/** A bundle of a run, and its verifier beside it. @throws UsageError as openRun, readSigningKey and writeBundle do. */
export async function bundleRun(runDir: string, path: string, keyPath: string | undefined): Promise<WrittenEvidence> {
  const run = await openRun(runDir);
  const oracles = oracleSources();
  const { version, commit } = await toolFacts();
  const written = await writeBundle(path, run, {
    key: keyPath === undefined ? undefined : await readSigningKey(keyPath),
    tool: { version, commit },
    lockText: await readFile(join(home, 'package-lock.json'), 'utf8'),
    oracles,
    requirements: await readFile(join(home, 'scenarios', 'requirements.yaml')),
  });
  const verifier = `${path.replace(/\.tar$/, '')}.verify.mjs`;
  await writeStandaloneVerifier(verifier, oraclesDigest(oracles));
  return { ...written, verifier };
}

export function bundleText({ path, files, sizeBytes, sha256, keyid, verifier }: WrittenEvidence): string {
  const signed = keyid === undefined ? 'not signed: give --key' : `signed by key ${keyid}`;
  return `bundle    ${path}, ${files} files, ${sizeBytes} bytes, ${signed}\nsha256    ${sha256}\nverifier  ${verifier}\n`;
}
