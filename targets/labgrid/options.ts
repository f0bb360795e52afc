import { z } from 'zod';
import { boardOwnOptions } from '../board/options.ts';

/** `options` of a bench file with `target: labgrid`: a board whose wires labgrid knows. */
export const labgridOptions = boardOwnOptions.omit({ ssh: true }).extend({
  coordinator: z
    .string()
    .regex(/^[^\s:]+:\d+$/, 'HOST:PORT')
    .default('127.0.0.1:20408'),
  client: z.string().min(1).default('labgrid-client').describe('Name or path of the program'),
  place: z.string().min(1).optional().describe('A place by its name'),
  tags: z
    .record(z.string(), z.string())
    .default({})
    .describe('Without `place`: any place with these tags, by a reservation of labgrid'),
  user: z.string().default('root').describe('For SSH, where the place does not say'),
});
export type LabgridOptions = z.infer<typeof labgridOptions>;
