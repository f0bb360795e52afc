import { existsSync } from 'node:fs';
import type { ConsolePort } from '../../harness/device/console.ts';
import type { Deadline } from '../../harness/device/deadline.ts';
import { sha256OfFile } from '../../harness/device/file-sha256.ts';
import { BenchError } from '../../harness/errors/harness-error.ts';
import type { BoardMeans } from './means.ts';
import type { Recipe, RecipeOf, UBootOptions } from './options.ts';
import { writeStorage } from './storage.ts';
import { UBootPrompt } from './u-boot.ts';

export interface Writing {
  readonly name: string;
  /** Raw image on this host. */
  readonly image: string;
  readonly uBoot: UBootOptions;
  readonly port: ConsolePort;
  readonly means: BoardMeans;
  /** From off. */
  readonly powerOn: (deadline: Deadline) => Promise<void>;
}

/** Gets an image onto a board that is off and known to be the right one, and shows that it is there. The caller switches off. */
export async function writeImage(recipe: Recipe, writing: Writing, deadline: Deadline): Promise<void> {
  switch (recipe.kind) {
    case 'storage':
      return writeReachable(recipe, writing, deadline);
    case 'u-boot-ums':
      return writeExported(recipe, writing, deadline);
    case 'fastboot':
      return flash(recipe, writing, deadline);
    case 'commands':
      return runRecipe(recipe, writing, deadline);
  }
}

async function writeReachable(
  { path, attach, detach }: RecipeOf<'storage'>,
  { image, means }: Writing,
  deadline: Deadline,
): Promise<void> {
  if (attach) await means.runCommand(attach, deadline);
  try {
    await appeared(path, deadline);
    await writeStorage(image, path, means, deadline);
  } finally {
    if (detach) await means.runCommand(detach, deadline);
  }
}

/** U-Boot makes the board's storage a USB disk of this host. */
async function writeExported(
  { device, path }: RecipeOf<'u-boot-ums'>,
  { name, image, uBoot, port, means, powerOn }: Writing,
  deadline: Deadline,
): Promise<void> {
  const prompt = await UBootPrompt.stop(port, name, uBoot, means, () => powerOn(deadline), deadline);
  try {
    // U-Boot gives the storage of each board the same name, and this board is in its prompt.
    if (existsSync(path))
      throw new BenchError(`There before ${name} shows its own: storage ${path}`, {
        code: 'storage-not-written',
        hint: "nothing was written; is another board's storage shown to this host by that name?",
      });
    await prompt.start(`ums 0 ${device}`, deadline);
    await appeared(path, deadline);
    await writeStorage(image, path, means, deadline);
    await prompt.interrupt(deadline);
  } finally {
    prompt.close();
  }
}

/** fastboot checks each piece that it sends; what the board has then written it does not read back, so its own `OKAY` is the proof. */
async function flash(
  { serial, partition, enter }: RecipeOf<'fastboot'>,
  { name, image, means, powerOn }: Writing,
  deadline: Deadline,
): Promise<void> {
  await powerOn(deadline);
  for (const argv of enter) await means.runCommand(argv, deadline);
  const part = deadline.within(`fastboot on ${name}`, 60_000);
  await part.until(async () => {
    const listed = await means.runCommand(['fastboot', 'devices'], part);
    return listed.split('\n').some((line) => line.startsWith(`${serial}\t`)) || undefined;
  }, 500);
  const said = await means.runCommand(['fastboot', '-s', serial, 'flash', partition, image], deadline);
  const okays = said.match(/OKAY/g)?.length ?? 0;
  if (okays < 2 || /FAILED/.test(said))
    throw new BenchError(`Not said to be written by fastboot: ${partition} of ${name}`, {
      code: 'storage-not-written',
      details: { said: said.slice(-1000) },
    });
}

async function runRecipe(
  { write, verify }: RecipeOf<'commands'>,
  { image, means }: Writing,
  deadline: Deadline,
): Promise<void> {
  const sha256 = [...write, verify].flat().some((word) => word.includes('{sha256}')) ? await sha256OfFile(image) : '';
  const filled = (argv: readonly string[]): string[] =>
    argv.map((word) => word.replaceAll('{disk}', image).replaceAll('{sha256}', sha256));
  for (const argv of write) await means.runCommand(filled(argv), deadline);
  await means.runCommand(filled(verify), deadline);
}

async function appeared(path: string, deadline: Deadline): Promise<void> {
  const part = deadline.within(`storage ${path}`, 30_000);
  await part
    .until(() => existsSync(path) || undefined, 100)
    .catch((cause: unknown) => {
      deadline.check();
      throw new BenchError(`Not there after 30 s: storage ${path}`, {
        code: 'storage-not-written',
        hint: 'does the mux, or U-Boot, show it to this host?',
        cause,
      });
    });
}
