import { definitions } from '../definitions.ts';

/** Images that only this set has, each made of the tree of another one, under its version. */
export interface ForkyImage {
  readonly tree: string;
  readonly change: string;
  /** fs-verity digest of the composefs image that its commit promises, hex; absent: the right one. */
  readonly digest?: string;
  /** Its initramfs asks for no fs-verity: broken on purpose, and whoever looks must see it. */
  readonly unsealed?: true;
}

export const ownImages: Readonly<Record<string, ForkyImage>> = {
  'v2-other-digest': {
    tree: 'v2',
    change: 'its commit promises another composefs image than its tree gives',
    digest: '0'.repeat(64),
  },
  'v2-unsealed': {
    tree: 'v2',
    change: 'its initramfs mounts the root without fs-verity, and nobody says so',
    unsealed: true,
  },
};

export const imageNames: readonly string[] = [...Object.keys(definitions), ...Object.keys(ownImages)];
