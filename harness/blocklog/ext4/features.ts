/** Feature bits by e2fsprogs' names. `incompat`: who does not know one cannot read. `ro_compat`: who does not know one can still read. */
export const incompat = {
  compression: 0x1,
  filetype: 0x2,
  needs_recovery: 0x4,
  journal_dev: 0x8,
  meta_bg: 0x10,
  extent: 0x40,
  '64bit': 0x80,
  mmp: 0x100,
  flex_bg: 0x200,
  ea_inode: 0x400,
  dirdata: 0x1000,
  metadata_csum_seed: 0x2000,
  large_dir: 0x4000,
  inline_data: 0x8000,
  encrypt: 0x10000,
  casefold: 0x20000,
} as const;

export const roCompat = { sparse_super: 0x1, metadata_csum: 0x400 } as const;
export const compat = { has_journal: 0x4, sparse_super2: 0x200 } as const;

const readable: readonly (keyof typeof incompat)[] = [
  'filetype',
  'needs_recovery',
  'meta_bg',
  'extent',
  '64bit',
  'mmp',
  'flex_bg',
  'ea_inode',
  'metadata_csum_seed',
  'large_dir',
  'inline_data',
];

/** Names of incompatible features that this reader does not understand; a bit without a name as hex. */
export function unreadable(bits: number): string[] {
  let left = bits;
  for (const name of readable) left &= ~incompat[name];
  const names: string[] = [];
  for (const [name, bit] of Object.entries(incompat)) {
    if ((left & bit) === 0) continue;
    names.push(name);
    left &= ~bit;
  }
  if (left !== 0) names.push(`0x${(left >>> 0).toString(16)}`);
  return names;
}
