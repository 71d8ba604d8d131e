/** Compares what a command prints with what a document shows: ids, times and durations may differ. */
const VOLATILE: readonly (readonly [RegExp, string])[] = [
  [/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, '<uuid>'],
  [/\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z| UTC)?/g, '<time>'],
  [/\b\d+(\.\d+)? (ms|s ago|min ago)\b/g, '<duration>'],
  [/acm_[\w-]{20,}/g, '<token>'],
  [/\b[\da-f]{64}\b/g, '<sha-256>'],
  [/\b(?=[a-f]*\d)[\da-f]{12}\b/g, '<id>'],
];

/** Whether `actual` is like `expected`, in which `...` stands for anything on a line, and alone on a line for any lines. */
export function isLike(actual: string, expected: string): boolean {
  const lines = tidy(expected).split('\n');
  const pattern = lines
    .map((line) =>
      line.trim() === '...' ? '(?:.*\\n)*?' : `${line.split('...').map(literal).join('.*')}\\n`,
    )
    .join('');
  return new RegExp(`^${pattern}$`).test(`${tidy(actual)}\n`);
}

function tidy(text: string): string {
  const volatile = VOLATILE.reduce((rest, [pattern, name]) => rest.replace(pattern, name), text);
  return volatile.replace(/[ \t]+$/gm, '').trimEnd();
}

function literal(text: string): string {
  return text.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&');
}
