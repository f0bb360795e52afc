import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, lstatSync, readlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** BOOTPROOF_CACHE, or bootproof below the user's cache directory. */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  return (
    environment['BOOTPROOF_CACHE'] ?? join(environment['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'bootproof')
  );
}

/** Hash over every path, mode and content below the folders, and over `more`: what an image set is cached under. */
export function contentKey(folders: readonly string[], more: readonly string[]): string {
  const hash = createHash('sha256');
  const add = (path: string, name: string): void => {
    const stat = lstatSync(path);
    if (stat.isDirectory()) {
      for (const child of readdirSync(path).sort()) add(join(path, child), `${name}/${child}`);
      return;
    }
    const content = stat.isSymbolicLink() ? readlinkSync(path) : readFileSync(path);
    hash.update(`${name}\0${stat.mode & 0o111}\0${content.length}\0`).update(content);
  };
  folders.forEach((folder, index) => add(folder, String(index)));
  for (const text of more) hash.update(`\0${text}`);
  return hash.digest('hex');
}
