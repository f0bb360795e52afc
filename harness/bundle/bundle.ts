import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { sha256OfFile } from '../device/file-sha256.ts';
import { UsageError } from '../errors/harness-error.ts';
import { checkAttachment } from '../record/attachment-check.ts';
import { attachmentPath } from '../record/attachment.ts';
import { recordFile } from '../record/line.ts';
import type { RunRecord } from '../record/run-record.ts';
import { derivedFiles, json } from './derived-files.ts';
import { envelopeFile, envelopeText, seal } from './envelope.ts';
import { readme } from './readme.ts';
import { recordingHashes } from './recording-hashes.ts';
import { sbomOf } from './sbom.ts';
import type { SigningKey } from './signing-key.ts';
import { bundleVersion, statementText, type Subject } from './statement.ts';
import { archivedBytes } from './tar-header.ts';
import { writeTar, type TarEntry } from './tar-writer.ts';

export interface BundleParts {
  readonly key?: SigningKey | undefined;
  /** Which bootproof makes the bundle; the run may be of another. */
  readonly tool: { readonly version: string; readonly commit: string };
  /** package-lock.json. */
  readonly lockText: string;
  readonly oracles: ReadonlyMap<string, Buffer>;
  /** requirements.yaml: what the ids in the record mean. */
  readonly requirements: Buffer;
  /** Files of the image set that the run used, by their names in the bundle; default none. */
  readonly images?: readonly TarEntry[];
}

export interface WrittenBundle {
  readonly path: string;
  readonly files: number;
  readonly sizeBytes: number;
  /** How much of it the images are. */
  readonly imagesBytes: number;
  readonly sha256: string;
  readonly keyid: string | undefined;
}

/**
 * Everything that a run says, in one archive that is verified without this machine. The same run, key and tool give the same bytes.
 * @throws UsageError `bundle-attachment` when a file is not what the record names, `bundle-not-written`.
 */
export async function writeBundle(path: string, run: RunRecord, parts: BundleParts): Promise<WrittenBundle> {
  const inTurn = pLimit(8);
  const images = await Promise.all((parts.images ?? []).map((entry) => inTurn(() => hashed(entry))));
  const entries = [...(await runFiles(run)), ...(await ownFiles(run, parts)), ...images].sort((a, b) =>
    a.entry.name < b.entry.name ? -1 : 1,
  );
  const subjects = entries.map(({ entry: { name }, sha256 }): Subject => ({ name, digest: { sha256 } }));
  const envelope = envelopeText(seal(statementText(run, subjects), parts.key));
  await writeTar(path, [ofBytes(envelopeFile, envelope).entry, ...entries.map(({ entry }) => entry)]);
  return {
    path,
    files: entries.length + 1,
    sizeBytes: (await stat(path)).size,
    imagesBytes: images.reduce((sum, { entry: { sizeBytes } }) => sum + archivedBytes(sizeBytes), 0),
    sha256: await sha256OfFile(path),
    keyid: parts.key?.public.keyid,
  };
}

interface Hashed {
  readonly entry: TarEntry;
  readonly sha256: string;
}

async function hashed(entry: TarEntry): Promise<Hashed> {
  const { content, name } = entry;
  return Buffer.isBuffer(content) ? ofBytes(name, content) : { entry, sha256: await sha256OfFile(content.file) };
}

/** The record, and the files that it names, each once. */
async function runFiles({ dir, ledger }: RunRecord): Promise<Hashed[]> {
  const record = join(dir, recordFile);
  const files = [
    {
      entry: { name: recordFile, sizeBytes: (await stat(record)).size, content: { file: record } },
      sha256: await sha256OfFile(record),
    },
  ];
  const seen = new Set<string>();
  for (const attachment of ledger.cases.flatMap(({ attachments }) => attachments)) {
    if (seen.has(attachment.path)) continue;
    seen.add(attachment.path);
    const state = await checkAttachment(dir, attachment);
    if (state !== 'intact')
      throw new UsageError(`${state === 'missing' ? 'Missing' : 'Changed since it was recorded'}: ${attachment.path}`, {
        code: 'bundle-attachment',
        hint: 'a bundle holds what the record names, or it is none',
      });
    const file = await attachmentPath(dir, attachment.path);
    files.push({
      entry: { name: attachment.path, sizeBytes: attachment.sizeBytes, content: { file } },
      sha256: attachment.sha256,
    });
  }
  return files;
}

async function ownFiles(run: RunRecord, parts: BundleParts): Promise<Hashed[]> {
  return [
    ...[...derivedFiles(run)].map(([name, bytes]) => ofBytes(name, bytes)),
    ...[...parts.oracles].map(([name, bytes]) => ofBytes(`oracles/${name}`, bytes)),
    ofBytes('README.txt', Buffer.from(readme)),
    ofBytes('bundle.json', json({ version: bundleVersion, madeBy: parts.tool })),
    ofBytes('recordings.json', json(await recordingHashes(run.dir))),
    ofBytes('requirements.yaml', parts.requirements),
    ofBytes('sbom.cdx.json', Buffer.from(sbomOf(parts.lockText))),
    ...(parts.key ? [ofBytes('key.json', json(parts.key.public))] : []),
  ];
}

function ofBytes(name: string, content: Buffer): Hashed {
  return {
    entry: { name, sizeBytes: content.length, content },
    sha256: createHash('sha256').update(content).digest('hex'),
  };
}
