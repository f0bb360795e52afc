import { z } from 'zod';
import { BenchError, ProductError } from '../errors/harness-error.ts';

/** As `bootc status --json --format-version=1` writes it; what it is asked with. */
export const bootcApiVersion = 'org.containers.bootc/v1';
/** A host with twenty deployments writes 16 KiB. */
const maxBytes = 1024 * 1024;

const hex64 = z.string().regex(/^[0-9a-f]{64}$/);
const text = z.string().max(4096);

const imageReference = z.object({ image: text.min(1), transport: text.min(1) });

const imageStatus = z.object({
  image: imageReference,
  imageDigest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  version: text.nullish(),
  architecture: text.nullish(),
});

/** One deployment. `image` is null where it was not made from a container image. */
const bootEntry = z.object({
  image: imageStatus.nullable(),
  incompatible: z.boolean(),
  pinned: z.boolean(),
  softRebootCapable: z.boolean().default(false),
  downloadOnly: z.boolean().default(false),
  store: text.nullish(),
  ostree: z.object({ stateroot: text.min(1), checksum: hex64, deploySerial: z.number().int().nonnegative() }).nullish(),
  composefs: z.object({ verity: z.string().regex(/^[0-9a-f]{64}([0-9a-f]{64})?$/) }).nullish(),
});

const host = z.object({
  kind: z.literal('BootcHost'),
  spec: z.object({ image: imageReference.nullish(), bootOrder: z.enum(['default', 'rollback']) }),
  status: z.object({
    staged: bootEntry.nullable(),
    booted: bootEntry.nullable(),
    rollback: bootEntry.nullable(),
    otherDeployments: z.array(bootEntry).max(64).default([]),
    rollbackQueued: z.boolean(),
    readOnly: z.boolean().default(false),
  }),
});

/** A bootc host's own account of itself (crates/lib/src/spec.rs, `Host`, 1.6.0 to 1.16): what is used of it, and no more. */
export type BootcStatus = z.infer<typeof host>;

/**
 * Reads a status document of API version v1. Fields that are not known are passed over; those that are used must be right.
 * @throws ProductError `bootc-status-malformed`; BenchError `bootc-status-unsupported` for another API version, which is nobody's fault
 *   but cannot be judged.
 */
export function parseBootcStatus(document: Buffer | string): BootcStatus {
  const length = Buffer.byteLength(document);
  if (length > maxBytes) throw malformed(`larger than ${maxBytes} bytes`, '');
  const words = document.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(words);
  } catch {
    throw malformed(words.trim() === '' ? 'empty' : 'no JSON, or cut short', words);
  }
  const version = z.object({ apiVersion: z.string() }).safeParse(value);
  if (!version.success) throw malformed('no apiVersion', words);
  if (version.data.apiVersion !== bootcApiVersion) {
    const found = version.data.apiVersion.slice(0, 80);
    throw new BenchError(`API version not known: status of bootc says ${JSON.stringify(found)}`, {
      code: 'bootc-status-unsupported',
      hint: `this harness reads ${bootcApiVersion}`,
      details: { apiVersion: found, benchUsable: true },
    });
  }
  const parsed = host.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw malformed(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`, words);
}

function malformed(reason: string, document: string): ProductError {
  return new ProductError(`Not valid (${reason}): status of bootc`, {
    code: 'bootc-status-malformed',
    hint: 'run `bootc status --json --format-version=1` on the device',
    details: { document: document.slice(0, 500) },
  });
}
