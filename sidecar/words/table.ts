/** Text in columns, each as wide as its widest cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows].map((line) => line.map((cell) => (cell === '' ? '-' : cell)));
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A table with what it was cut from: that there is more, or that there is nothing. */
export function listing(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { more, none }: { readonly more: boolean; readonly none: string },
): string {
  if (rows.length === 0) return none;
  return table(head, rows) + (more ? `\nThere are more than ${rows.length}; --limit prints more.` : '');
}
