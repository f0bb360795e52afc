import type { Finding } from './finding.ts';

type View = Finding['view'];

const maxListed = 20;
const maxTextLength = 300;

/** Text from a device, bounded and with control characters escaped, in quotes. */
export function quoted(text: string): string {
  const cut = text.length > maxTextLength ? `${text.slice(0, maxTextLength)}...` : text;
  return JSON.stringify(cut).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The first few of a list in words: `"a", "b" and 7 more`. */
export function listed(items: readonly string[], shown = 3): string {
  const head = items.slice(0, shown).map(quoted).join(', ');
  return items.length > shown ? `${head} and ${items.length - shown} more` : head;
}

/** A list for `details`: its true length and a bounded part of it. */
export function sample(items: readonly string[]): { count: number; first: string[] } {
  return { count: items.length, first: items.slice(0, maxListed).map((item) => item.slice(0, maxTextLength)) };
}

/** What the findings of one oracle in one view have in common. */
export function reporter(oracle: number, view: View) {
  const make =
    (severity: Finding['severity']) =>
    (code: string, message: string, details: Record<string, unknown> = {}): Finding => ({
      oracle,
      code,
      severity,
      message,
      details,
      view,
    });
  return { violation: make('violation'), note: make('note') };
}
