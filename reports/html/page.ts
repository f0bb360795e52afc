import { createHash } from 'node:crypto';
import { oneLine } from '../printable.ts';
import { html, Html } from './template.ts';
import { style } from './style.ts';

/** A whole document with `main` in it, which runs nothing and loads nothing. */
export function page(title: string, main: Html): string {
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  const document = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${new Html(policy)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>bootproof: ${oneLine(title, 80)}</title>
        ${new Html(`<style>${style}</style>`)}
      </head>
      <body>
        <main>${main}</main>
      </body>
    </html> `;
  return `${document.text.trim()}\n`;
}
