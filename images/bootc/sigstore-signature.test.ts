import { expect } from 'chai';
import { verify } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OciLayout } from './oci-layout.ts';
import { signingKey, sigstoreSignature } from './sigstore-signature.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
const name = 'dev.cosignproject.cosign/signature';

describe('sigstore signature of an image', () => {
  const key = signingKey();
  const { payload, annotations, tag } = sigstoreSignature('registry.test/os', digest, key.privateKey);
  const signature = Buffer.from(annotations[name]!, 'base64');

  it('names the digest and the repository, and stands beside the image', () => {
    const { critical } = JSON.parse(payload.toString()) as { critical: Record<string, unknown> };
    expect(critical['image']).to.deep.equal({ 'docker-manifest-digest': digest });
    expect(critical['identity']).to.deep.equal({ 'docker-reference': 'registry.test/os' });
    expect(tag).to.equal(`sha256-${'ab'.repeat(32)}.sig`);
  });

  it('verifies with its own public key over its own payload, and with nothing else', () => {
    const other = Buffer.from(payload.toString().replace('registry.test', 'registry.evil'));
    expect(verify('sha256', payload, key.publicPem, signature)).to.equal(true);
    expect(verify('sha256', other, key.publicPem, signature)).to.equal(false);
    expect(verify('sha256', payload, signingKey().publicPem, signature)).to.equal(false);
  });

  it('is a manifest of one layer in the layout, whose blob is the payload', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'layout-'));
    try {
      mkdirSync(join(directory, 'blobs/sha256'), { recursive: true });
      writeFileSync(join(directory, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [] }));
      const layout = new OciLayout(directory);
      await layout.attach({ tag, payload, annotations, mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json' });
      const blob = (of: string): Buffer => readFileSync(join(directory, 'blobs', of.replace(':', '/')));
      const { layers } = JSON.parse(blob(await layout.digest(tag)).toString()) as {
        layers: { digest: string; annotations: Record<string, string> }[];
      };
      expect(layers).to.have.length(1);
      expect(layers[0]!.annotations).to.deep.equal(annotations);
      expect(blob(layers[0]!.digest).equals(payload)).to.equal(true);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
