import { BenchError } from '../../errors/harness-error.ts';
import type { Manifest, ManifestEntry } from '../observation.ts';

/**
 * Shell script that prints everything a manifest needs about the tree $1 in one pass: parameters are the root, the largest
 * size in bytes of a file that is hashed (0: none), and paths below the root that are left out, relative and without globs.
 * Needs find, sha256sum and xargs; without getfattr there are no xattrs.
 */
export const treeScanScript = `
root=$1 limit=$2
shift 2
cd "$root" || exit 3
for path; do set -- "$@" -path "./$path" -prune -o; shift; done
find . -xdev "$@" -printf 'E\\0%y\\0%m\\0%U\\0%G\\0%s\\0%i\\0%n\\0%P\\0%l\\0'
printf 'H\\0'
if [ "$limit" -gt 0 ]; then
  find . -xdev "$@" -type f -size "-$((limit / 512 + 1))b" -print0 | xargs -0 -r sha256sum -z 2>/dev/null
fi
printf 'X\\0'
if command -v getfattr >/dev/null; then getfattr -R -h -P -d -m - -e hex . 2>/dev/null; fi
exit 0
`;

const types: Record<string, ManifestEntry['type']> = {
  f: 'file',
  d: 'dir',
  l: 'symlink',
  p: 'fifo',
  c: 'char',
  b: 'block',
  s: 'socket',
};

/** More entries than this are refused: a device must not be able to fill the harness's memory. */
const entryLimit = 200_000;

/**
 * Reads the script's output as it comes into a manifest.
 * @throws BenchError `scan-malformed` when the output is not what the script prints (a lost connection, another find).
 */
export async function parseTreeScan(
  chunks: AsyncIterable<Buffer>,
  leaveOut: readonly string[] = [],
): Promise<Manifest> {
  // Without a prototype: a file may be called __proto__.
  const manifest = Object.create(null) as Manifest;
  const firstNames = new Map<string, string>();
  const at: { section: 'entries' | 'hashes' | 'xattrs' } = { section: 'entries' };
  let fields: string[] = [];
  let rest: Buffer = Buffer.alloc(0);
  let xattrText = '';
  let count = 0;

  const inXattrs = (): boolean => at.section === 'xattrs';

  const entry = (): void => {
    const [, type, mode, uid, gid, size, inode, links, path, target] = fields as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    const kind = types[type];
    if (kind === undefined) throw malformed(`type ${JSON.stringify(type)}`);
    if (++count > entryLimit) throw malformed(`more than ${entryLimit} entries`);
    const value: ManifestEntry = {
      type: kind,
      mode: parseInt(mode, 8),
      uid: Number(uid),
      gid: Number(gid),
      size: kind === 'file' ? Number(size) : 0,
    };
    if (kind === 'symlink') value.target = target;
    if (kind === 'file' && Number(links) > 1) {
      const first = firstNames.get(inode);
      if (first === undefined) firstNames.set(inode, path);
      else value.hardlinkOf = first;
    }
    manifest[path] = value;
  };

  const token = (text: string): void => {
    if (at.section === 'entries') {
      if (fields.length === 0 && text === 'H') {
        at.section = 'hashes';
        return;
      }
      if (fields.length === 0 && text !== 'E') throw malformed(`record ${JSON.stringify(text.slice(0, 80))}`);
      fields.push(text);
      if (fields.length === 10) {
        entry();
        fields = [];
      }
      return;
    }
    if (text === 'X') {
      at.section = 'xattrs';
      return;
    }
    const match = /^([0-9a-f]{64}) [ *]\.\/([^]*)$/.exec(text);
    if (!match) throw malformed(`hash ${JSON.stringify(text.slice(0, 80))}`);
    const hashed = manifest[match[2]!];
    if (hashed?.type === 'file') hashed.sha256 = match[1]!;
  };

  for await (const chunk of chunks) {
    if (at.section === 'xattrs') {
      xattrText += chunk.toString('latin1');
      continue;
    }
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let end = rest.indexOf(0, from); end >= 0; end = rest.indexOf(0, from)) {
      token(rest.toString('utf8', from, end));
      from = end + 1;
      if (inXattrs()) {
        xattrText += rest.toString('latin1', from);
        from = rest.length;
        break;
      }
    }
    rest = rest.subarray(from);
    if (rest.length > 1 << 20) throw malformed('a field of over 1 MiB');
  }
  if (!inXattrs()) throw malformed('it ended early');
  addXattrs(manifest, xattrText);
  for (const path of leaveOut) {
    for (const key of Object.keys(manifest)) if (key === path || key.startsWith(`${path}/`)) delete manifest[key];
  }
  // Order of directories differs between file systems: the first name of a hard link is the smallest path everywhere.
  return Object.fromEntries(Object.entries(canonicalHardlinks(manifest)));
}

function canonicalHardlinks(manifest: Manifest): Manifest {
  const groups = new Map<string, string[]>();
  for (const [path, entry] of Object.entries(manifest)) {
    if (entry.hardlinkOf === undefined) continue;
    const group = groups.get(entry.hardlinkOf) ?? [entry.hardlinkOf];
    group.push(path);
    groups.set(entry.hardlinkOf, group);
  }
  for (const group of groups.values()) {
    group.sort();
    for (const path of group) {
      const entry = manifest[path];
      if (!entry) continue;
      if (path === group[0]) delete entry.hardlinkOf;
      else entry.hardlinkOf = group[0]!;
    }
  }
  return manifest;
}

function addXattrs(manifest: Manifest, text: string): void {
  let path: string | undefined;
  for (const line of text.split('\n')) {
    if (line.startsWith('# file: ')) {
      const escaped = line
        .slice('# file: '.length)
        .replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
      const decoded = Buffer.from(escaped, 'latin1').toString('utf8');
      path = decoded === '.' ? '' : decoded.replace(/^\.\//, '');
    } else if (path !== undefined && line.includes('=0x')) {
      const at = line.indexOf('=0x');
      const entry = manifest[path];
      if (entry) (entry.xattrs ??= {})[line.slice(0, at)] = line.slice(at + 3);
    }
  }
}

const malformed = (what: string): BenchError =>
  new BenchError(`Listing of a tree is malformed: ${what}`, {
    code: 'scan-malformed',
    hint: 'the device needs find with -printf, sha256sum -z and xargs -0 (GNU)',
  });
