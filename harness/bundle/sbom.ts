import { z } from 'zod';
import { canonicalJson } from '../record/canonical-json.ts';

/** What package-lock.json (version 3) says of a package. */
const lockedPackage = z.object({
  version: z.string().optional(),
  license: z.string().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  dev: z.boolean().optional(),
  devOptional: z.boolean().optional(),
  optional: z.boolean().optional(),
  link: z.boolean().optional(),
});
const lockFile = z.object({
  name: z.string(),
  version: z.string(),
  packages: z.record(z.string(), lockedPackage),
});

/** CycloneDX 1.6 of what this tool is made of, from its lock file alone: no time, no random number, so the same lock gives the same text. */
export function sbomOf(lockText: string): string {
  const { name, version, packages } = lockFile.parse(JSON.parse(lockText));
  const components = Object.entries(packages).flatMap(([path, locked]) => {
    const at = path.lastIndexOf('node_modules/');
    if (at === -1 || locked.link || locked.version === undefined) return [];
    return [component(path, path.slice(at + 'node_modules/'.length), locked.version, locked)];
  });
  return `${canonicalJson({
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: { 'bom-ref': purl(name, version), type: 'application', name, version, purl: purl(name, version) },
    },
    components,
  })}\n`;
}

function component(path: string, fullName: string, version: string, locked: z.infer<typeof lockedPackage>): unknown {
  const [group, name] = fullName.startsWith('@') ? fullName.split('/', 2) : [undefined, fullName];
  return {
    'bom-ref': `${purl(fullName, version)}#${path}`,
    type: 'library',
    ...(group === undefined ? {} : { group }),
    name,
    version,
    purl: purl(fullName, version),
    scope: locked.dev ? 'excluded' : locked.optional || locked.devOptional ? 'optional' : 'required',
    ...(locked.license === undefined ? {} : { licenses: [licenseOf(locked.license)] }),
    ...(locked.integrity === undefined ? {} : { hashes: hashesOf(locked.integrity) }),
  };
}

function licenseOf(license: string): unknown {
  return /[ ()]/.test(license) ? { expression: license } : { license: { name: license } };
}

const algorithms: Readonly<Record<string, string>> = {
  sha1: 'SHA-1',
  sha256: 'SHA-256',
  sha384: 'SHA-384',
  sha512: 'SHA-512',
};

function hashesOf(integrity: string): unknown[] {
  return integrity.split(/\s+/).flatMap((one) => {
    const [, algorithm = '', digest = ''] = /^(sha\d+)-([A-Za-z0-9+/=]+)$/.exec(one) ?? [];
    const alg = algorithms[algorithm];
    return alg === undefined ? [] : [{ alg, content: Buffer.from(digest, 'base64').toString('hex') }];
  });
}

/** github.com/package-url: the scope's @ is encoded. */
function purl(name: string, version: string): string {
  return `pkg:npm/${name.replace(/^@/, '%40')}@${version}`;
}
