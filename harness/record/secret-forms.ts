/**
 * The forms in which a secret may turn up in an output: as it is, URL-encoded, JSON-escaped, quoted for a shell, hex, and inside a
 * longer base64 text, where its letters depend on how many bytes stand before it (three alignments).
 */
export function secretForms(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const percent = encodeURIComponent(bytes.toString('utf8'));
  const strict = percent.replace(/[!'()*~._-]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const json = JSON.stringify(secret).slice(1, -1);
  const urls = [percent, strict, new URLSearchParams({ '': bytes.toString('utf8') }).toString().slice(1)];
  const spaced = [...urls, ...urls.map((form) => form.replaceAll('%20', '+'))];
  const forms = [
    secret,
    ...spaced,
    ...spaced.map((form) => form.replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase())),
    json,
    JSON.stringify(json).slice(1, -1),
    secret.replaceAll("'", "'\\''"),
    secret.replaceAll('\n', '\r\n'),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    ...[0, 1, 2].flatMap((before) => base64Forms(bytes, before)),
  ];
  return [...new Set(forms)];
}

/** The base64 letters that depend on the secret alone, when `before` bytes (modulo 3) stand in front of it. */
function base64Forms(bytes: Buffer, before: number): string[] {
  const padded = Buffer.concat([Buffer.alloc(before), bytes])
    .toString('base64')
    .replaceAll('=', '');
  const start = Math.ceil((before * 8) / 6);
  const end = Math.floor(((before + bytes.length) * 8) / 6);
  const core = padded.slice(start, end);
  const urlSafe = core.replaceAll('+', '-').replaceAll('/', '_');
  // A core of a few letters would match by chance in any hash.
  return core.length < 5 ? [] : [core, urlSafe];
}
