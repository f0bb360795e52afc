import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

/** The file receiver of the OpenTelemetry collector cuts a line at 1 MiB (`max_log_size`), and half a line is no JSON. */
const maxBytes = 1_000_000;

export interface Batch {
  readonly spans: readonly ReadableSpan[];
  /** An ExportTraceServiceRequest as OTLP/JSON, on one line. */
  readonly json: string;
}

/** Spans in requests that every receiver takes; one that is larger by itself stands alone. */
export function batches(spans: readonly ReadableSpan[], limitBytes = maxBytes): Batch[] {
  if (spans.length === 0) return [];
  const bytes = JsonTraceSerializer.serializeRequest([...spans]) ?? new Uint8Array();
  if (bytes.length < limitBytes || spans.length === 1) return [{ spans, json: Buffer.from(bytes).toString('utf8') }];
  const half = Math.ceil(spans.length / 2);
  return [...batches(spans.slice(0, half), limitBytes), ...batches(spans.slice(half), limitBytes)];
}
