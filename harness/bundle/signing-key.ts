import { createHash, createPublicKey, createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { UsageError } from '../errors/harness-error.ts';

/** What a verifier gets: in the file `NAME.pub.json`, and in every bundle that was signed with the key. */
export const publicKeyFile = z.object({
  bootproofKey: z.literal(1),
  /** sha256 of the public key (SPKI, DER), hex. */
  keyid: z.string().regex(/^[0-9a-f]{64}$/),
  /** Whose it is, in words. */
  name: z.string(),
  /** YYYY-MM-DD; the last day on which it may sign. */
  created: z.iso.date(),
  expires: z.iso.date(),
  publicKey: z.string(),
});
export type PublicKeyFile = z.infer<typeof publicKeyFile>;

const privateKeyFile = publicKeyFile.extend({ privateKey: z.string() });

/** An ed25519 key that signs bundles. */
export interface SigningKey {
  readonly public: PublicKeyFile;
  readonly privateKey: KeyObject;
}

const dayOf = (date: Date) => date.toISOString().slice(0, 10);

/** Writes a new private key (mode 600) and its public half beside it. @throws UsageError `key-not-written` (also where a file of that name exists). */
export async function newSigningKey(
  path: string,
  { name, days, now = new Date() }: { readonly name: string; readonly days: number; readonly now?: Date },
): Promise<{ key: PublicKeyFile; publicPath: string }> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const key: PublicKeyFile = {
    bootproofKey: 1,
    keyid: keyIdOf(publicKey),
    name,
    created: dayOf(now),
    expires: dayOf(new Date(now.getTime() + days * 86_400_000)),
    publicKey: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
  };
  const whole = { ...key, privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString() };
  const publicPath = `${path.replace(/\.json$/, '')}.pub.json`;
  await writeNew(path, whole, 0o600);
  await writeNew(publicPath, key, 0o644);
  return { key, publicPath };
}

/** @throws UsageError `key-unreadable`, `key-expired`. */
export async function readSigningKey(path: string, now = new Date()): Promise<SigningKey> {
  const { privateKey, ...key } = parseKey(privateKeyFile, await read(path), path);
  if (dayOf(now) > key.expires)
    throw new UsageError(`Expired on ${key.expires}: key ${path}`, {
      code: 'key-expired',
      hint: 'make a new one by `bootproof key new`, and give its public half to who verifies',
    });
  try {
    return { public: key, privateKey: createPrivateKey(privateKey) };
  } catch (cause) {
    throw unreadable(path, 'not a private key', cause);
  }
}

/** @throws UsageError `key-unreadable`. */
export async function readPublicKey(path: string): Promise<PublicKeyFile> {
  return parsePublicKey(await read(path), path);
}

/** A key file's text, with the key id checked against the key. @throws UsageError `key-unreadable`. */
export function parsePublicKey(text: string, path: string): PublicKeyFile {
  const key = parseKey(publicKeyFile, text, path);
  if (keyIdOf(publicKeyOf(key, path)) !== key.keyid) throw unreadable(path, 'its id is of another key');
  return key;
}

export function publicKeyOf({ publicKey }: PublicKeyFile, path = 'key'): KeyObject {
  try {
    const key = createPublicKey(publicKey);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch (cause) {
    throw unreadable(path, 'not a public key', cause);
  }
  throw unreadable(path, 'not an ed25519 key');
}

function keyIdOf(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ format: 'der', type: 'spki' }))
    .digest('hex');
}

function parseKey<T>(schema: z.ZodType<T>, text: string, path: string): T {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw unreadable(path, 'not JSON', cause);
  }
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw unreadable(path, 'not a key of bootproof');
}

async function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw unreadable(path, (cause as Error).message, cause);
  });
}

async function writeNew(path: string, content: unknown, mode: number): Promise<void> {
  await writeFile(path, `${JSON.stringify(content, null, 2)}\n`, { flag: 'wx', mode }).catch((cause: unknown) => {
    throw new UsageError(`Key not written (${(cause as Error).message}): ${path}`, { code: 'key-not-written', cause });
  });
}

function unreadable(path: string, reason: string, cause?: unknown): UsageError {
  return new UsageError(`No usable key (${reason}): ${path}`, {
    code: 'key-unreadable',
    hint: 'keys are made by `bootproof key new`; who verifies needs the file that ends in .pub.json',
    ...(cause === undefined ? {} : { cause }),
  });
}
