/**
 * Does a pattern name this case? A case id or a scenario id (all its repetitions), with `*` for a part of one segment, `**` for any number of
 * segments; a trailing `/` names a whole folder.
 */
export function matchesCase(id: string, pattern: string): boolean {
  const scenario = id.replace(/#\d+$/, '');
  const expression = regexOf(pattern.endsWith('/') ? `${pattern}**` : pattern);
  return expression.test(id) || expression.test(scenario);
}

export function matchesAny(id: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matchesCase(id, pattern));
}

function regexOf(pattern: string): RegExp {
  const source = pattern.replaceAll(/\*\*\/?|\*|[.+?^${}()|[\]\\]/g, (part) => {
    if (part === '**/') return '(?:.*/)?';
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    return `\\${part}`;
  });
  return new RegExp(`^${source}$`);
}
