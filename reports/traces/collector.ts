import { diag, DiagLogLevel, type DiagLogger } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { oneLine } from '../printable.ts';
import type { Batch } from './batches.ts';

/**
 * Where the standard variables say that traces go: `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, or `OTEL_EXPORTER_OTLP_ENDPOINT` and `/v1/traces`;
 * undefined: nowhere (https://opentelemetry.io/docs/specs/otel/protocol/exporter/). Without credentials.
 */
export function collector(env: NodeJS.ProcessEnv): string | undefined {
  if (env['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true') return undefined;
  const own = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']?.trim() ?? '';
  const shared = env['OTEL_EXPORTER_OTLP_ENDPOINT']?.trim() ?? '';
  if (own === '' && shared === '') return undefined;
  const url = own !== '' ? own : `${shared.replace(/\/$/, '')}/v1/traces`;
  // said as it is: the exporter would send it to another place instead
  if (!URL.canParse(url) || !/^https?:/.test(url)) return url.replace(/^.*@/s, '');
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/**
 * Sends spans by OTLP/HTTP as JSON; headers, certificates, compression and time limit come from the standard variables too. Ends at the
 * first request that fails. @throws Error, reason first, also for spans that were taken and then refused.
 */
export async function sendToCollector(batches: readonly Batch[]): Promise<void> {
  const url = collector(process.env) ?? '';
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw new Error('No http or https address');
  const said: string[] = [];
  // the exporter says by its log alone that a receiver took a part, or that a certificate could not be read
  diag.setLogger(listener(said), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const exporter = new OTLPTraceExporter();
  try {
    for (const { spans } of batches) {
      const { error } = await new Promise<{ error?: Error }>((done) => exporter.export([...spans], done));
      const reasons = [...(error ? [reasonOf(error)] : []), ...said];
      if (reasons.length > 0) throw new Error(oneLine(reasons.join('; '), 300), { cause: error });
    }
  } finally {
    await exporter.shutdown();
    diag.disable();
  }
}

/** What a receiver answers is in `data`; a refused connection to a name with several addresses has no message of its own. */
function reasonOf(error: Error & { readonly code?: unknown; readonly data?: unknown }): string {
  const words = [error.message, error.code ?? '', error.data ?? ''].map(String);
  return words.reduce((said, word) => (said.includes(word) ? said : said === '' ? word : `${said}, ${word}`), '');
}

function listener(said: string[]): DiagLogger {
  const hear = (...words: unknown[]) => void said.push(words.map(String).join(' '));
  const ignore = () => undefined;
  return { error: hear, warn: hear, info: ignore, debug: ignore, verbose: ignore };
}
