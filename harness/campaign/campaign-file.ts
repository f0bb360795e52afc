import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../errors/harness-error.ts';

const name = 'campaign.json';

const campaignFile = z.strictObject({
  version: z.literal(1),
  /** Of every cut: a cut that is made again after a restart is the same one. */
  seed: z.number().int(),
  cuts: z.number().int().min(1),
  /** Scenario of each phase asked for. */
  scenarios: z.record(z.string(), z.string()),
  benches: z.array(z.string()),
  images: z.string(),
});
/** What a campaign is, written before its first cut: the same after any restart. */
export type CampaignFile = z.infer<typeof campaignFile>;

/** undefined: there is no campaign in this directory. @throws UsageError `campaign-unreadable`. */
export async function readCampaign(directory: string): Promise<CampaignFile | undefined> {
  const path = join(resolve(directory), name);
  if (!existsSync(path)) return undefined;
  try {
    return campaignFile.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw new UsageError(`Not a campaign of this version: ${path}`, {
      code: 'campaign-unreadable',
      hint: 'give the new campaign a directory of its own',
      cause,
    });
  }
}

/** Durable before it returns, and whole or not at all. */
export async function writeCampaign(directory: string, campaign: CampaignFile): Promise<void> {
  await mkdir(directory, { recursive: true });
  const path = join(resolve(directory), name);
  const file = await open(`${path}.new`, 'w');
  try {
    await file.writeFile(`${JSON.stringify(campaign, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  const parent = await open(resolve(directory), 'r');
  await parent.sync().finally(() => parent.close());
}
