/** Whether every element of an XML document is closed, in order; enough for the files of this repository. */
export function isWellFormed(text: string): boolean {
  const open: string[] = [];
  const bare = text.replace(/<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!DOCTYPE[^>]*>|<!\[CDATA\[[\s\S]*?\]\]>/g, '');
  for (const [, slash, name = '', selfClosing] of bare.matchAll(
    /<(\/?)([A-Za-z][\w:.-]*)(?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*(\/?)>/g,
  )) {
    if (selfClosing === '/') continue;
    if (slash !== '/') open.push(name);
    else if (open.pop() !== name) return false;
  }
  const rest = bare.replace(/<\/?[A-Za-z][\w:.-]*(\s+[\w:.-]+\s*=\s*("[^"]*"|'[^']*'))*\s*\/?>/g, '');
  return open.length === 0 && !/[<>]/.test(rest);
}
