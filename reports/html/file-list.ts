import { oneLine } from '../printable.ts';
import type { Html } from './template.ts';
import { html } from './template.ts';
import type { StoredFile } from './transcript.ts';

const said: Record<StoredFile['state'], Html> = {
  intact: html`matches the record`,
  unchecked: html`not compared here (large)`,
  changed: html`<strong class="violation-word">changed since it was recorded</strong>`,
  missing: html`<strong class="violation-word">missing</strong>`,
};

/** Console transcripts with their last lines, then the other files, each with its hash and what became of it. */
export function fileList(files: readonly StoredFile[]): Html | undefined {
  if (files.length === 0) return undefined;
  const consoles = files.filter(({ tail }) => tail !== undefined);
  const others = files.filter(({ tail }) => tail === undefined);
  return html`${consoles.map(
    (file) =>
      html`<h4>End of ${oneLine(file.attachment.name, 80)}</h4>
        <pre tabindex="0">${file.tail}</pre>
        ${fileLine(file)}`,
  )}
  ${others.length === 0 ? undefined : html`<h4>Files</h4>`} ${others.map(fileLine)}`;
}

function fileLine({ attachment, state }: StoredFile): Html {
  const name = oneLine(attachment.name, 120);
  const href = relativeHref(attachment.path);
  return html`<p class="small finding">
    ${href === undefined || state === 'missing' ? name : html`<a href="${href}">${name}</a>`},
    ${attachment.sizeBytes.toLocaleString('en')} bytes, sha256 <code>${attachment.sha256}</code>: ${said[state]}
  </p>`;
}

/** A link that stays below the page's own directory, or none. */
function relativeHref(path: string): string | undefined {
  const segments = path.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) return undefined;
  return `./${segments.map((segment) => encodeURIComponent(Buffer.from(segment).toString())).join('/')}`;
}
