/**
 * True when `path` is one of `prefixes` or lies below one. A prefix that ends in `*` covers every path that begins with what stands before it
 * (`ssh/ssh_host_*`). Anything looser would let `passwd` excuse `passwd-`, and an empty prefix excuse everything.
 */
export function covered(path: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => {
    if (prefix.length > 1 && prefix.endsWith('*')) return path.startsWith(prefix.slice(0, -1));
    const whole = prefix.replace(/\/+$/, '');
    return path === whole || (whole !== '' && path.startsWith(`${whole}/`));
  });
}
