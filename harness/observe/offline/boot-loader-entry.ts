/** A Boot Loader Specification entry as written, nothing looked up yet. Keys that are absent are ''. */
export interface BootLoaderEntry {
  readonly title: string;
  readonly version: string;
  readonly options: string;
  readonly linux: string;
  readonly initrd: string | undefined;
  /** The value of the first `ostree=` in the options, which is the one that the initramfs takes. */
  readonly ostreePath: string | undefined;
}

/**
 * Parses `key value` lines as ostree does: a line that does not begin with a letter is none, the last of a repeated key counts,
 * but the first `initrd` is the initramfs and the others are overlays. Never throws: what is torn gives empty fields.
 */
export function parseBootLoaderEntry(text: string): BootLoaderEntry {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^([A-Za-z][^ \t]*)[ \t]+(.*)$/.exec(line);
    if (!match) continue;
    const [, key, value] = match as unknown as [string, string, string];
    if (key === 'initrd' && values.has(key)) continue;
    values.set(key, value.trim());
  }
  const options = values.get('options') ?? '';
  return {
    title: values.get('title') ?? '',
    version: values.get('version') ?? '',
    options,
    linux: values.get('linux') ?? '',
    initrd: values.get('initrd'),
    ostreePath: kernelArgument(options, 'ostree'),
  };
}

function kernelArgument(options: string, key: string): string | undefined {
  const argument = options.split(/[ \t]+/).find((word) => word.startsWith(`${key}=`));
  return argument?.slice(key.length + 1);
}
