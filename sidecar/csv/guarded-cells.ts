/**
 * Cells that a spreadsheet must not take for formulas: numbers begin with `+`, and callers choose their names. What begins
 * like a formula gets an apostrophe in front, and so does what begins with an apostrophe, so that reading gives exactly what
 * was written (OWASP, CSV Injection).
 */
const FORMULA_LIKE = /^[=+\-@\t\r\n']/;

export function guarded(text: string): string {
  return FORMULA_LIKE.test(text) ? `'${text}` : text;
}

export function unguarded(cell: string): string {
  return cell.startsWith("'") && FORMULA_LIKE.test(cell.slice(1)) ? cell.slice(1) : cell;
}
