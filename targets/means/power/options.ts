import { z } from 'zod';

const argv = z.array(z.string().min(1)).min(1).describe('A program and its arguments; no shell');
const url = z.url({ protocol: /^https?$/ });
const pattern = z.string().refine(isRegExp, 'not a regular expression');
const credentials = z
  .string()
  .regex(/^[A-Z_][A-Z0-9_]*$/)
  .optional()
  .describe('Name of the environment variable that holds USER:PASSWORD');

/** `power` of a bench file: what switches the board. */
export const powerOptions = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('exec'),
    on: argv,
    off: argv,
    reset: argv.optional().describe('Pulls the reset line; leave it out where there is none'),
    sense: argv.optional().describe('Prints what it sees; leave it out where nothing can look'),
    onPattern: pattern.default('\\bon\\b').describe('What `sense` prints when there is power'),
    offPattern: pattern.default('\\boff\\b').describe('What `sense` prints when there is none'),
    senses: z.enum(['rail', 'outlet']).default('outlet').describe("rail: the board's own voltage; outlet: the switch"),
  }),
  z.strictObject({
    kind: z.literal('http'),
    on: url,
    off: url,
    method: z.enum(['GET', 'POST', 'PUT']).default('GET'),
    sense: url.optional(),
    onPattern: pattern.default('\\bon\\b'),
    offPattern: pattern.default('\\boff\\b'),
    credentials,
  }),
  z.strictObject({
    kind: z.literal('tasmota'),
    url: url.describe('http://plug-7'),
    relay: z.number().int().min(1).max(32).default(1),
    credentials,
  }),
  z.strictObject({
    kind: z.literal('snmp'),
    host: z.string().min(1),
    oid: z.string().regex(/^\.?\d+(\.\d+)+$/, 'an OID in numbers: .1.3.6.1.4.1.318.1.1.4.4.2.1.3.7'),
    on: z.number().int().default(1),
    off: z.number().int().default(2),
    version: z.enum(['1', '2c']).default('1'),
    community: z
      .string()
      .regex(/^[A-Z_][A-Z0-9_]*$/)
      .default('SNMP_COMMUNITY')
      .describe('Name of the environment variable that holds it'),
  }),
  z.strictObject({
    kind: z.literal('usb-relay'),
    path: z.string().startsWith('/').describe('/dev/serial/by-id/... of an LCUS or compatible relay'),
    relay: z.number().int().min(1).max(8).default(1),
    normallyClosed: z.boolean().default(false).describe('Power passes while the relay is at rest'),
  }),
  z.strictObject({
    kind: z.literal('gpio'),
    chip: z.string().regex(/^gpiochip\d+$/),
    line: z.number().int().min(0),
    activeLow: z.boolean().default(false),
    rail: z.number().int().min(0).optional().describe('An input line of the same chip that sees the rail of the board'),
  }),
  z.strictObject({ kind: z.literal('manual') }),
]);
export type PowerOptions = z.infer<typeof powerOptions>;
export type PowerOptionsOf<K extends PowerOptions['kind']> = Extract<PowerOptions, { kind: K }>;

function isRegExp(text: string): boolean {
  try {
    return new RegExp(text) !== undefined;
  } catch {
    return false;
  }
}
