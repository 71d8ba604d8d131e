/**
 * Text for a terminal. Callers choose their names and Call-IDs, and people write notes: what would move the cursor, change
 * colours or turn the direction of reading round is shown as `\u001b` instead. That is JSON's way too, so JSON stays JSON.
 */

/** Control characters except the line feed; marks that reorder text (Unicode Annex 9); line separators. */
const UNSAFE = /(?!\n)[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

export function plainText(text: string): string {
  return text.replace(UNSAFE, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Prints a text and a line feed to standard output. */
export function printPlain(text: string): void {
  console.log(plainText(text));
}
