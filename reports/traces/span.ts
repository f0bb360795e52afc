import type { Attributes, AttributeValue, HrTime, SpanContext, SpanStatus } from '@opentelemetry/api';
import { SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan, TimedEvent } from '@opentelemetry/sdk-trace';
import { createHash } from 'node:crypto';
import { oneLine } from '../printable.ts';

/** What a span is made of; times are milliseconds since 1970, as the record has them. */
export interface SpanFacts {
  readonly name: string;
  /** What tells this span from every other of its run: its id is derived from it. */
  readonly key: string;
  readonly parent: ReadableSpan | undefined;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Facts;
  readonly events?: readonly EventFacts[];
  /** Why it is an error; undefined: it is none. */
  readonly error?: string | undefined;
}

export interface EventFacts {
  readonly name: string;
  readonly atMs: number;
  readonly attributes: Facts;
}

/** What is undefined, empty or not finite is left out. */
export type Facts = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

const maxText = 1000;
const maxItems = 100;
const maxEvents = 128;
/** Nanoseconds since 1970 are an int64 in some backends. */
const latestMs = 9_223_372_036_853;

/** A finished span as the SDK would hand it to an exporter; the same facts give the same span. */
export function span(run: string, resource: Resource, scopeVersion: string, facts: SpanFacts): ReadableSpan {
  const { parent, events = [] } = facts;
  const context: SpanContext = {
    traceId: parent?.spanContext().traceId ?? idOf(32, run),
    spanId: idOf(16, run, facts.key),
    traceFlags: TraceFlags.SAMPLED,
  };
  // clocks jump, and a record from elsewhere may hold anything
  const startMs = bounded(facts.startMs, facts.endMs);
  const durationMs = Math.max(0, bounded(facts.endMs, startMs) - startMs);
  return {
    name: oneLine(facts.name, 200) || 'unnamed',
    kind: SpanKind.INTERNAL,
    spanContext: () => context,
    ...(parent ? { parentSpanContext: parent.spanContext() } : {}),
    startTime: instant(startMs),
    endTime: instant(startMs + durationMs),
    duration: instant(durationMs),
    status: statusOf(facts.error),
    attributes: attributesOf(facts.attributes),
    links: [],
    events: events.slice(0, maxEvents).map(eventOf),
    ended: true,
    resource,
    instrumentationScope: { name: 'bootproof', version: scopeVersion },
    droppedAttributesCount: 0,
    droppedEventsCount: Math.max(0, events.length - maxEvents),
    droppedLinksCount: 0,
  };
}

/** Text of a record is text of a device: bounded and without control characters. */
export function attributesOf(facts: Facts): Attributes {
  return Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]): [string, AttributeValue][] => {
      if (value === undefined || value === '' || (typeof value === 'object' && value.length === 0)) return [];
      if (typeof value === 'string') return [[name, oneLine(value, maxText)]];
      if (typeof value === 'boolean') return [[name, value]];
      if (typeof value !== 'number') return [[name, value.slice(0, maxItems).map((one) => oneLine(one, 200))]];
      // an integer beyond these would be written in a form that no int64 has
      return Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER ? [[name, value]] : [];
    }),
  );
}

function eventOf({ name, atMs, attributes }: EventFacts): TimedEvent {
  return { name, time: instant(bounded(atMs)), attributes: attributesOf(attributes), droppedAttributesCount: 0 };
}

function statusOf(error: string | undefined): SpanStatus {
  if (error === undefined) return { code: SpanStatusCode.UNSET };
  return { code: SpanStatusCode.ERROR, message: oneLine(error, maxText) };
}

/** Hex digits; never all zeros, which OpenTelemetry takes for no id. */
function idOf(digits: 16 | 32, ...parts: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify(parts))
    .digest('hex')
    .slice(0, digits)
    .replace(/^0+$/, (zeros) => zeros.replace(/.$/, '1'));
}

/** The first of these times that is one; 1970 where none is. */
function bounded(...epochMs: readonly number[]): number {
  return Math.min(Math.max(epochMs.find(Number.isFinite) ?? 0, 0), latestMs);
}

function instant(ms: number): HrTime {
  const micros = Math.round(ms * 1000);
  return [Math.floor(micros / 1_000_000), (micros % 1_000_000) * 1000];
}
