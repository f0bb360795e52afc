import { sign, verify } from 'node:crypto';
import { z } from 'zod';
import { UsageError } from '../errors/harness-error.ts';
import { canonicalJson } from '../record/canonical-json.ts';
import { publicKeyOf, type PublicKeyFile, type SigningKey } from './signing-key.ts';

/** DSSE, Dead Simple Signing Envelope, v1.0.2 (github.com/secure-systems-lab/dsse): the payload is signed as bytes, so nobody has to agree on a form of JSON. */
const envelope = z.strictObject({
  payloadType: z.literal('application/vnd.in-toto+json'),
  payload: z.base64(),
  /** Empty: the user gave no key, so the bundle shows what it holds but not who vouches for it. */
  signatures: z.array(z.strictObject({ keyid: z.string(), sig: z.base64() })).max(16),
});
export type Envelope = z.infer<typeof envelope>;

/** First file of every bundle. */
export const envelopeFile = 'statement.dsse.json';

const payloadType = 'application/vnd.in-toto+json';

export function seal(payload: Buffer, key: SigningKey | undefined): Envelope {
  const signatures = key
    ? [{ keyid: key.public.keyid, sig: sign(null, preAuthentication(payload), key.privateKey).toString('base64') }]
    : [];
  return { payloadType, payload: payload.toString('base64'), signatures };
}

/** @throws UsageError `envelope-invalid`, `envelope-changed`. */
export function openEnvelope(text: Buffer): { envelope: Envelope; payload: Buffer } {
  let data: unknown;
  try {
    data = JSON.parse(text.toString('utf8'));
  } catch {
    // told below
  }
  const parsed = envelope.safeParse(data);
  if (!parsed.success)
    throw new UsageError(`Not an envelope of an in-toto statement: ${envelopeFile}`, { code: 'envelope-invalid' });
  const { payload, signatures } = parsed.data;
  const again = (base64: string) => Buffer.from(base64, 'base64').toString('base64');
  const canonical = {
    ...parsed.data,
    payload: again(payload),
    signatures: signatures.map((one) => ({ ...one, sig: again(one.sig) })),
  };
  // JSON and base64 have several texts for one value; the bundle has one, so that no byte is free to be changed
  if (!text.equals(envelopeText(canonical)))
    throw new UsageError(`Changed after it was written: ${envelopeFile}`, { code: 'envelope-changed' });
  return { envelope: parsed.data, payload: Buffer.from(payload, 'base64') };
}

export function envelopeText(envelope: Envelope): Buffer {
  return Buffer.from(`${canonicalJson(envelope)}\n`);
}

/** True: this key signed exactly these bytes. */
export function isSignedBy({ signatures }: Envelope, payload: Buffer, key: PublicKeyFile): boolean {
  return signatures.some(
    ({ keyid, sig }) =>
      keyid === key.keyid &&
      verify(null, preAuthentication(payload), publicKeyOf(key, key.name), Buffer.from(sig, 'base64')),
  );
}

/** PAE of the DSSE protocol: type and body with their lengths, so that neither can be taken for a part of the other. */
function preAuthentication(payload: Buffer): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}
