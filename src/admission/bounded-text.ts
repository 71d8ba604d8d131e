/** Values of a call that are too long, or hold what the contract forbids. */
import { createHash } from 'node:crypto';

/**
 * A value that breaks the contract's limits is replaced by its digest: the call still counts as one from this caller or
 * to this callee. An error instead would be a way around the count.
 */
export function boundedText(text: string, lengthMax: number): string {
  if (text.length <= lengthMax && !/\p{Cc}/u.test(text)) return text;
  return `sha256-${createHash('sha256').update(text).digest('hex')}`;
}
