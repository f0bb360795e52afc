import { printable } from '../printable.ts';

/** Markup that is safe to put into the page; anything else is escaped on its way in. */
export class Html {
  constructor(readonly text: string) {}
}

export type HtmlValue = string | number | Html | undefined | readonly HtmlValue[];

/** Builds markup; every string in it is escaped and made printable, so that there is no second way in. */
export function html(strings: TemplateStringsArray, ...values: HtmlValue[]): Html {
  return new Html(strings.map((part, n) => (n === 0 ? part : markup(values[n - 1]) + part)).join(''));
}

function markup(value: HtmlValue): string {
  if (value === undefined) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(markup).join('');
  return escapeHtml(printable(String(value)));
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
