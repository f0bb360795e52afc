import { execa } from 'execa';
import { readFile } from 'node:fs/promises';
import { UsageError } from '../../harness/errors/harness-error.ts';

export interface Mirror {
  readonly main: string;
  readonly security: string;
}

/** Where Debian packages come from: BOOTPROOF_MIRROR, or what this host's own apt uses. */
export async function debianMirror(environment: NodeJS.ProcessEnv = process.env): Promise<Mirror> {
  const given = environment['BOOTPROOF_MIRROR'];
  if (given) return mirrorOf(given);
  const targets = await execa('apt-get', ['indextargets', '--format', '$(ORIGIN) $(REPO_URI)'], { reject: false });
  const uris = String(targets.stdout ?? '')
    .split('\n')
    .map((line) => line.split(' ').at(-1) ?? '');
  const found = uris.find((uri) => /\/debian\/?$/.test(uri)) ?? (await fromSources());
  if (!found) {
    throw new UsageError("No Debian mirror found in this host's apt sources", {
      code: 'no-mirror',
      hint: 'set BOOTPROOF_MIRROR to the URL of one, ending in /debian',
    });
  }
  return mirrorOf(found);
}

async function fromSources(): Promise<string | undefined> {
  for (const path of ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list']) {
    const text = await readFile(path, 'utf8').catch(() => '');
    const match = /https?:\/\/\S+\/debian\/?(?=\s|$)/m.exec(text);
    if (match) return match[0];
  }
  return undefined;
}

function mirrorOf(uri: string): Mirror {
  const main = uri.replace(/\/+$/, '');
  return { main, security: `${main}-security` };
}
