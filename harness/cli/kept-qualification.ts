import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheDirectory } from '../../images/builder/cache-key.ts';
import { UsageError } from '../errors/harness-error.ts';
import { toolVersions } from '../host/tool-versions.ts';
import { standingOf, type KeptQualification } from '../qualify/standing.ts';
import { qualification } from '../record/qualification.ts';
import { standingWarning, type QualificationStanding } from '../record/qualification-standing.ts';
import { toolFacts } from './tool.ts';

/** Of this host, for a configuration is one: the last result of `bootproof qualify`, also one with survivors. */
function keptPath(): string {
  return join(cacheDirectory(), 'qualification.json');
}

export async function keepQualification(json: string): Promise<void> {
  const path = keptPath();
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.part`, json);
  await rename(`${path}.part`, path);
}

/**
 * What a record says of tool and host, with its standing to the qualification given (default: what this host keeps). What
 * is wrong with the standing is told in one line.
 * @throws UsageError `no-qualification`: the file that was given cannot be read, or is none.
 */
export async function qualifiedFacts(
  file: string | undefined,
  tell: (line: string) => void,
): Promise<{
  tool: Awaited<ReturnType<typeof toolFacts>>;
  host: { tools: Record<string, string>; qualification: QualificationStanding };
}> {
  // a kept one that is damaged, or of another version, is none: `qualify` makes it again
  const kept = file === undefined ? await read(keptPath()).catch(() => undefined) : await given(file);
  const [tool, tools] = await Promise.all([toolFacts(), toolVersions()]);
  const standing = standingOf({ tool, configuration: tools }, kept);
  const warning = standingWarning(standing);
  if (warning !== undefined) tell(warning);
  return { tool, host: { tools, qualification: standing } };
}

async function given(file: string): Promise<KeptQualification> {
  try {
    return await read(file);
  } catch (cause) {
    throw new UsageError(`No qualification that can be read: ${file}`, {
      code: 'no-qualification',
      hint: '--qualification names a qualification.json as `bootproof qualify` writes it',
      cause,
    });
  }
}

async function read(path: string): Promise<KeptQualification> {
  const bytes = await readFile(path);
  return {
    qualification: qualification.parse(JSON.parse(bytes.toString('utf8'))),
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}
