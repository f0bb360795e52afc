import { isSignedBy, type Envelope } from '../bundle/envelope.ts';
import { parsePublicKey, type PublicKeyFile } from '../bundle/signing-key.ts';
import type { TarReader } from '../bundle/tar-reader.ts';
import { check, type Check } from './check.ts';

const maxKeyBytes = 64 * 1024;

/**
 * `trusted`: keys that the reader knows from elsewhere; any one of them will do, so that keys can rotate. Without one, a signature shows that
 * nothing was changed since it was made, and not by whom.
 */
export async function checkSignature(
  tar: TarReader,
  envelope: Envelope,
  payload: Buffer,
  trusted: readonly PublicKeyFile[],
  lastAt: string,
): Promise<Check> {
  const own = tar.sizeOf('key.json') === undefined ? undefined : await ownKey(tar);
  if (envelope.signatures.length === 0) {
    const stray = own ? ['Key without a signature: key.json'] : [];
    const missing = trusted.length > 0 ? ['Not signed, and a key was asked for'] : [];
    const notes = ['Not signed: who changed all of it, hashes included, would not be seen'];
    return check('signature', 'none', [...stray, ...missing], notes);
  }
  if (typeof own === 'string') return check('signature', 'none that can be checked', [own]);
  if (!own) return check('signature', 'none that can be checked', ['Signed, and the key is missing: key.json']);
  const problems: string[] = [];
  if (envelope.signatures.length > 1) problems.push('More than one signature');
  if (!isSignedBy(envelope, payload, own)) problems.push(`Wrong signature of statement.dsse.json: key ${own.keyid}`);
  const known = trusted.find(({ keyid }) => keyid === own.keyid);
  if (trusted.length > 0 && !known)
    problems.push(
      `Signed by another key than the one asked for: ${own.keyid} (it calls itself ${JSON.stringify(own.name)})`,
    );
  const { created, expires } = known ?? own;
  const day = lastAt.slice(0, 10);
  if (day > expires) problems.push(`Key had expired on ${expires}, before the run ended on ${day}`);
  const notes = known
    ? []
    : [`The key is the bundle's own word: compare ${own.keyid} with what the signer gave you, or use --key`];
  return check('signature', `ed25519, key ${own.keyid} (${own.name}, ${created} to ${expires})`, problems, notes);
}

async function ownKey(tar: TarReader): Promise<PublicKeyFile | string> {
  try {
    return parsePublicKey((await tar.read('key.json', maxKeyBytes)).toString('utf8'), 'key.json');
  } catch (error) {
    return (error as Error).message;
  }
}
