import type { Ledger } from '../harness/record/ledger.ts';
import { batches, type Batch } from './traces/batches.ts';
import { collector, sendToCollector } from './traces/collector.ts';
import { runSpans } from './traces/run-spans.ts';

/** A run as an OpenTelemetry trace. */
export function traceBatches(ledger: Ledger): Batch[] {
  return batches(runSpans(ledger));
}

/** OTLP/JSON, a request a line: what the collector's `otlpjsonfile` receiver reads. */
export function otlpJsonLines(batches: readonly Batch[]): string {
  return batches.map(({ json }) => `${json}\n`).join('');
}

/** Sends a trace where the environment says that traces go. @returns what is to be told of it; undefined: nowhere. Never throws. */
export async function sendTrace(batches: readonly Batch[]): Promise<string | undefined> {
  const url = collector(process.env);
  if (url === undefined) return undefined;
  try {
    await sendToCollector(batches);
    return `sent to ${url}`;
  } catch (error) {
    return `not sent to ${url}: ${(error as Error).message}`;
  }
}
