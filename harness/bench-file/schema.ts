import { z } from 'zod';
import { capabilities, type Capability } from '../device/capability.ts';

/** The zod schema of each target's `options`, by the target's name; handed in by cli/compose.ts, as the harness knows no target. */
export type TargetSchemas = Readonly<Record<string, z.ZodType>>;

const capabilityNames = Object.keys(capabilities) as [Capability, ...Capability[]];

/** What every bench file has; `options` belongs to the target and is checked by its own schema. */
export const benchFileHead = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'a name is 1 to 40 of a-z, 0-9 and -, and does not begin with -')
    .describe('Name of the bench, or of the pool when there are several instances'),
  target: z.string().describe('The adapter that makes the bench controllable'),
  instances: z
    .number()
    .int()
    .min(1)
    .max(26)
    .default(1)
    .describe('Identical benches to run side by side; more than one are named NAME-a, NAME-b ...'),
  expects: z
    .array(z.enum(capabilityNames))
    .default([])
    .describe('Capabilities that this bench must have: lacking one ends the run with exit code 3'),
  quarantineAfter: z
    .number()
    .int()
    .min(1)
    .max(20)
    .optional()
    .describe(
      'Runs in a row that this bench may end by failing as a bench, before no run takes it any more; default: no end',
    ),
  timeFactor: z
    .number()
    .min(1)
    .max(20)
    .optional()
    .describe('By what every time limit of a case is multiplied here: more than 1 for a slow device; default: 1'),
  options: z.unknown().optional().describe("The target's own options"),
});

/** A bench file that was read and found right. */
export interface BenchFile {
  readonly path: string;
  readonly name: string;
  readonly target: string;
  readonly instances: number;
  readonly expects: readonly Capability[];
  readonly quarantineAfter?: number | undefined;
  readonly timeFactor?: number | undefined;
  /** As the target's schema gave it, defaults filled in. Plain data: it travels to the worker process. */
  readonly options: unknown;
}

/** Names of the benches that a file describes: `qemu` with two instances is `qemu-a` and `qemu-b`. */
export function benchNames(file: Pick<BenchFile, 'name' | 'instances'>): string[] {
  if (file.instances === 1) return [file.name];
  return Array.from({ length: file.instances }, (_, index) => `${file.name}-${String.fromCharCode(97 + index)}`);
}

/** JSON Schema (draft 2020-12) of a bench file, for editors: one branch a target. */
export function benchFileJsonSchema(targets: TargetSchemas): Record<string, unknown> {
  const branches = Object.entries(targets).map(([target, options]) => {
    const whole = benchFileHead.extend({ target: z.literal(target), options: options.optional() });
    const schema = z.toJSONSchema(whole, { io: 'input', unrepresentable: 'any' });
    delete schema.$schema;
    return schema;
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'bootproof bench file',
    anyOf: branches,
  };
}
