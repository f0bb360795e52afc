import { UsageError } from '../errors/harness-error.ts';
import { redactPrivateKeys } from './private-key.ts';
import { secretForms } from './secret-forms.ts';

export const redacted = '[redacted]';

/** Shorter secrets would blank ordinary words out of the evidence. */
const minSecretLength = 4;

/**
 * Takes secrets out of what is stored. Secrets are registered by value, before anything that could print them runs; they are found as they
 * are, URL-encoded, JSON-escaped, hex and base64. Credentials in URLs, authorization headers and PEM private keys always go.
 */
export class Redactor {
  readonly #forms = new Set<string>();
  #pattern: RegExp | undefined;
  #bytePattern: RegExp | undefined;

  /** @throws UsageError `secret-too-short`: rather than to store it, or to redact half of the record. */
  add(secret: string): void {
    const value = secret.trim();
    if (value === '') return;
    if (value.length < minSecretLength)
      throw new UsageError(`Secret of ${value.length} characters cannot be kept out of a record`, {
        code: 'secret-too-short',
        hint: `use one of at least ${minSecretLength} characters`,
      });
    for (const form of secretForms(value)) this.#forms.add(form);
    const forms = [...this.#forms].sort((a, b) => b.length - a.length);
    this.#pattern = alternation(forms);
    this.#bytePattern = alternation(forms.map((form) => Buffer.from(form, 'utf8').toString('latin1')));
  }

  text(text: string): string {
    return redactAlways(this.#pattern ? text.replace(this.#pattern, redacted) : text);
  }

  /** The same over bytes of unknown encoding (a console): every byte that is not part of a secret stays as it is. */
  bytes(bytes: Buffer): Buffer {
    const text = bytes.toString('latin1');
    return Buffer.from(redactAlways(this.#bytePattern ? text.replace(this.#bytePattern, redacted) : text), 'latin1');
  }

  /** Every string in plain data, keys as well; strings in `keep` stay (words of a schema, which cannot be a secret). */
  value<T>(value: T, keep: ReadonlySet<string> = new Set()): T {
    const walk = (inner: unknown): unknown => {
      if (typeof inner === 'string') return keep.has(inner) ? inner : this.text(inner);
      if (Array.isArray(inner)) return inner.map(walk);
      if (typeof inner !== 'object' || inner === null) return inner;
      return Object.fromEntries(
        Object.entries(inner).map(([key, child]) => [keep.has(key) ? key : this.text(key), walk(child)]),
      );
    };
    return walk(value) as T;
  }
}

function alternation(forms: readonly string[]): RegExp {
  return new RegExp(forms.map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g');
}

const webCredentials = /(?<![a-z0-9+.-])((?:https?|ftps?):\/\/)[^\s/?#"'<>]*@/gi;
const urlPassword = /(?<![a-z0-9+.-])([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/?#:@"'<>]*:[^\s/?#"'<>]*@/gi;
const authorization = /(authorization["']?\s{0,8}[:=]\s{0,8}["']?(?:basic|bearer)\s{1,8})[^\s"',]+/gi;

function redactAlways(text: string): string {
  return redactPrivateKeys(text, redacted)
    .replace(webCredentials, `$1${redacted}@`)
    .replace(urlPassword, `$1${redacted}@`)
    .replace(authorization, `$1${redacted}`);
}
