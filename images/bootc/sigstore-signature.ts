import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

/** A signature as cosign attaches it to an image and containers-image looks for it: tag, and the payload that it is over. */
export interface SigstoreSignature {
  /** In the image's own repository. */
  readonly tag: string;
  readonly payload: Buffer;
  readonly mediaType: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A P-256 key that lives as long as a build: only its public half (PEM) is kept. */
export function signingKey(): { readonly privateKey: KeyObject; readonly publicPem: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return { privateKey, publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString() };
}

/**
 * Signs an image by the digest of its manifest. `repository`: the name under which devices know it, without a tag, as cosign writes it
 * (containers-signature(5), cosign's SIGNATURE_SPEC).
 */
export function sigstoreSignature(repository: string, digest: string, key: KeyObject): SigstoreSignature {
  const payload = Buffer.from(
    JSON.stringify({
      critical: {
        identity: { 'docker-reference': repository },
        image: { 'docker-manifest-digest': digest },
        type: 'cosign container image signature',
      },
      optional: null,
    }),
  );
  return {
    tag: `${digest.replace(':', '-')}.sig`,
    payload,
    mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
    annotations: { 'dev.cosignproject.cosign/signature': sign('sha256', payload, key).toString('base64') },
  };
}
