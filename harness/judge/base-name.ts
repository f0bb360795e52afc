/** The last name of a path: observers may give `loader.0` or `/boot/loader.0`. */
export function basename(path: string): string {
  return path.replace(/\/+$/, '').split('/').at(-1) ?? '';
}
