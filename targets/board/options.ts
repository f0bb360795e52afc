import { z } from 'zod';

const argv = z.array(z.string().min(1)).min(1).describe('A program of this host and its arguments; no shell');
const environment = z.string().regex(/^[A-Z_][A-Z0-9_]*$/);

/** Which board it is, before anything is written to it. */
const identity = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('console'),
    pattern: z
      .string()
      .refine(isRegExp, 'not a regular expression')
      .describe('What the firmware prints about itself; group 1 is compared with `is`'),
    is: z.string().min(1),
  }),
  z.strictObject({
    kind: z.literal('u-boot'),
    variable: z
      .string()
      .regex(/^[\w#.-]+$/)
      .default('serial#'),
    is: z.string().min(1),
  }),
  z.strictObject({
    kind: z.literal('login'),
    argv: argv.default(['cat', '/proc/device-tree/serial-number']),
    user: z.string().default('root'),
    password: environment.optional().describe('Name of the environment variable that holds it'),
    is: z.string().min(1),
  }),
  z.strictObject({ kind: z.literal('command'), argv, is: z.string().min(1) }),
  z.strictObject({
    kind: z.literal('unchecked'),
    reason: z.string().min(10).describe('Why a wrong board cannot stand here'),
  }),
]);
export type BoardIdentity = z.infer<typeof identity>;

const recipe = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('storage'),
    path: z.string().startsWith('/').describe("The board's storage as this host sees it while the board is off"),
    attach: argv.optional().describe('Gives the storage to this host: an SD mux to its host side'),
    detach: argv.optional().describe('Gives it back to the board'),
  }),
  z.strictObject({
    kind: z.literal('u-boot-ums'),
    device: z
      .string()
      .regex(/^[a-z]+ \d+(:\d+)?$/)
      .describe('What U-Boot shall export: `mmc 0`'),
    path: z.string().startsWith('/').describe('Where it appears on this host: /dev/disk/by-id/...'),
  }),
  z.strictObject({
    kind: z.literal('fastboot'),
    serial: z.string().min(1),
    partition: z.string().regex(/^[\w-]+$/),
    enter: z.array(argv).default([]).describe('Commands that bring the board into fastboot'),
  }),
  z.strictObject({
    kind: z.literal('commands'),
    write: z.array(argv).min(1).describe('`{disk}` stands for the path of the image, `{sha256}` for its hash'),
    verify: argv.describe('Has to end with 0 once the image is on the board, and with another status when it is not'),
  }),
]);
export type Recipe = z.infer<typeof recipe>;
export type RecipeOf<K extends Recipe['kind']> = Extract<Recipe, { kind: K }>;

const uBoot = z.strictObject({
  prompt: z.string().default('=> '),
  stop: z.string().min(1).default(' ').describe('What stops autoboot'),
  asks: z.string().default('Hit any key to stop autoboot').describe('What U-Boot prints while it can be stopped'),
});
export type UBootOptions = z.infer<typeof uBoot>;

/** A first boot waits it out too, within the time that it may take. */
const offTime = z.number().int().min(0).max(120_000);

/** `options` of a bench file with `target: board`, but for `console` and `power`, which belong to their means. */
export const boardOwnOptions = z.strictObject({
  ssh: z.strictObject({
    host: z.string().min(1).describe('Address of the board'),
    port: z.number().int().min(1).max(65_535).default(22),
    user: z.string().default('root'),
  }),
  hostAddress: z.string().min(1).describe('Address of this host as the board reaches it, for updates'),
  relay: z
    .boolean()
    .default(true)
    .describe('Listen at hostAddress and hand on to the update server on the loopback; false where the network does'),
  identity: identity.describe('Which board this is: checked before anything is written'),
  provision: recipe.describe("How an image gets onto the board's storage"),
  uBoot: uBoot.prefault({}).describe('How autoboot is stopped, where identity or provisioning needs it'),
  lossModel: z
    .enum(['real', 'memory'])
    .default('real')
    .describe('What a cut loses: real for a board; memory where completed writes cannot be lost'),
  offMs: z
    .union([offTime, z.array(offTime).min(1).max(20)])
    .default(2000)
    .describe('Without power before it comes back; of a list each cut takes the next in turn'),
  quietMs: z.number().int().min(0).max(60_000).default(500).describe('Silence of the console that proves a cut'),
});
export type BoardOptions = z.infer<typeof boardOwnOptions>;

function isRegExp(text: string): boolean {
  try {
    return new RegExp(text) !== undefined;
  } catch {
    return false;
  }
}
