import { printable } from './printable.ts';

export type XmlChild = XmlElement | string | undefined;

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number | undefined>>;
  readonly children: readonly XmlChild[];
}

export function element(name: string, attributes: XmlElement['attributes'] = {}, ...children: XmlChild[]): XmlElement {
  return { name, attributes, children };
}

/** An XML 1.0 document; text is made printable first, which also leaves no character that XML forbids. */
export function xmlDocument(root: XmlElement): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${write(root, '')}\n`;
}

function write({ name, attributes, children }: XmlElement, indent: string): string {
  const written = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${escapeAttribute(String(value))}"`],
  );
  const open = `${indent}<${name}${written.join('')}`;
  const inner = children.filter((child) => child !== undefined);
  if (inner.length === 0) return `${open}/>`;
  // White space next to text would become part of it.
  if (inner.some((child) => typeof child === 'string'))
    return `${open}>${inner.map((child) => (typeof child === 'string' ? escapeText(child) : write(child, ''))).join('')}</${name}>`;
  const lines = inner.map((child) => write(child as XmlElement, `${indent}  `));
  return `${open}>\n${lines.join('\n')}\n${indent}</${name}>`;
}

function escapeText(text: string): string {
  return printable(text).replace(/[&<>]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[char] ?? '');
}

/** Tab and newline as references: an XML reader turns the bare ones into spaces. */
function escapeAttribute(text: string): string {
  return escapeText(text).replace(/["'\t\n]/g, (char) => `&#${char.charCodeAt(0)};`);
}
