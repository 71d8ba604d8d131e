/** What options take, and the complaint about anything else. */
import { userInfo } from 'node:os';
import { InvalidArgumentError, Option } from 'commander';
import { momentOf, spanOf } from '../words/times.js';

/** Text of a whole number. Whether it is in range is for the sidecar to say. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It takes a whole number.');
  return Number(text);
}

/** How many rows to print at most. */
export function rowLimit(text: string): number {
  const limit = wholeNumber(text);
  if (limit === 0) throw new InvalidArgumentError('It takes a whole number from 1 on.');
  return limit;
}

/** `24h`, as the time in so long from now. */
export function timeFromNow(text: string): Date {
  return new Date(Date.now() + span(text));
}

/** `24h`, or a time. */
export function timeAgo(text: string): Date {
  return /^\d+[a-z]$/i.test(text) ? new Date(Date.now() - span(text)) : moment(text);
}

/** RFC 3339. */
export function moment(text: string): Date {
  const time = momentOf(text);
  if (time === undefined)
    throw new InvalidArgumentError('It takes a time as RFC 3339 has it, such as 2026-11-22T18:00:00Z.');
  return time;
}

function span(text: string): number {
  const ms = spanOf(text);
  if (ms === undefined) throw new InvalidArgumentError('It takes a time span such as 90s, 30m, 24h or 7d.');
  return ms;
}

export function onOrOff(text: string): boolean {
  if (text === 'on' || text === 'true') return true;
  if (text === 'off' || text === 'false') return false;
  throw new InvalidArgumentError('It takes on or off.');
}

/** `17:5d3c...`: an entry of the audit log, by its number and hash. */
export function auditPoint(text: string): { readonly entryId: number; readonly hash: string } {
  const [, entryId, hash] = /^(\d{1,15}):([\da-f]{64})$/.exec(text) ?? [];
  if (entryId === undefined || hash === undefined)
    throw new InvalidArgumentError('It takes the number of an entry, a colon, and its hash of 64 digits.');
  return { entryId: Number(entryId), hash };
}

/** One of some words, in either case; gives it as it stands in the list. */
export function oneOf(...words: readonly string[]): (text: string) => string {
  return (text) => {
    const word = words.find((each) => each.toLowerCase() === text.toLowerCase());
    if (word === undefined) throw new InvalidArgumentError(`It takes ${words.join(', ')}.`);
    return word;
  };
}

/** Who makes a change: whoever has logged in, unless it is said. */
export function authorOption(): Option {
  return new Option('--author <name>', 'who makes this change').default(userName());
}

export function reasonOption(): Option {
  return new Option('--reason <text>', 'why, for those who read it later').default('', 'none');
}

export function jsonOption(): Option {
  return new Option('--json', 'print the whole answer as JSON');
}

export function limitOption(): Option {
  return new Option('--limit <rows>', 'how many to print at most').argParser(rowLimit).default(100);
}

export function forOption(): Option {
  return new Option('--for <span>', 'for so long: 90s, 30m, 24h, 7d').argParser(timeFromNow);
}

export function untilOption(): Option {
  return new Option('--until <time>', 'until then: 2026-11-22T18:00:00Z').argParser(moment).conflicts('for');
}

/** A container may run under a number that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}
