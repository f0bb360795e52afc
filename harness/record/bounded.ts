import type { RecordPayload } from './event.ts';

/** Longer strings (a device may have sent them) are cut, and say so. Whole outputs belong in attachments. */
export const maxStringLength = 64 * 1024;

/** Findings a line: kept well under `maxLineBytes`, so that a transition with 100,000 of them loses none. */
const findingsBytesPerLine = 2 * 1024 * 1024;

/** Plain data with every string cut to `maxStringLength`. */
export function bounded<T>(value: T): T {
  const walk = (inner: unknown): unknown => {
    if (typeof inner === 'string') return cut(inner);
    if (Array.isArray(inner)) return inner.map(walk);
    if (typeof inner !== 'object' || inner === null) return inner;
    return Object.fromEntries(Object.entries(inner).map(([key, child]) => [cut(key), walk(child)]));
  };
  return walk(value) as T;
}

function cut(text: string): string {
  if (text.length <= maxStringLength) return text;
  return `${text.slice(0, maxStringLength)} [${text.length - maxStringLength} characters left out]`;
}

/** A `judged` event with many findings as several of the same transition; every other payload as it is. */
export function split(payload: RecordPayload): RecordPayload[] {
  if (payload.event !== 'judged') return [payload];
  const parts: (typeof payload.findings)[] = [[]];
  let sizeBytes = 0;
  for (const finding of payload.findings) {
    const findingBytes = Buffer.byteLength(JSON.stringify(finding));
    if (sizeBytes > 0 && sizeBytes + findingBytes > findingsBytesPerLine) {
      parts.push([]);
      sizeBytes = 0;
    }
    parts.at(-1)?.push(finding);
    sizeBytes += findingBytes;
  }
  return parts.map((findings) => ({ ...payload, findings }));
}
