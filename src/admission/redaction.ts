/** How phone numbers appear where they must not be readable: logs above debug level. */

/** Characters that stay readable at either end of a long number: the country, and enough to tell two calls apart. */
const HEAD = 3;
const TAIL = 2;

/** `2348031234567` -> `234********67`; short numbers and names lose all but their first character. */
export function redactNumber(number: string): string {
  if (number.length <= HEAD + TAIL + 2)
    return number.length === 0 ? '' : `${number[0]}${'*'.repeat(number.length - 1)}`;
  return number.slice(0, HEAD) + '*'.repeat(number.length - HEAD - TAIL) + number.slice(-TAIL);
}

/** Redacts what looks like a phone number within a text that people wrote. */
export function redactNumbersIn(text: string): string {
  return text.replace(/\+?\d(?:[\d ().-]{4,}\d)/g, redactNumber);
}
