/** The lines of `acm demo`: what becomes of each call, for people who watch. */
import { styleText } from 'node:util';
import { redactNumber } from '../../src/admission/redaction.js';

export type DemoEvent =
  | 'attack'
  | 'allowed'
  | 'rejected'
  | 'torn down'
  | 'not ended'
  | 'ALERT'
  | 'grows'
  | 'over';

const COLOURS: Readonly<Record<DemoEvent, Parameters<typeof styleText>[0]>> = {
  attack: 'blue',
  allowed: 'green',
  rejected: 'red',
  'torn down': 'yellow',
  'not ended': 'magenta',
  ALERT: ['bold', 'red'],
  grows: 'red',
  over: 'cyan',
};

/** `12:00:01.250  rejected   234********01 -> 234********99  5 callers`, coloured on a terminal. */
export function demoLine(event: DemoEvent, text: string, at: Date): string {
  return `${at.toISOString().slice(11, 23)}  ${styleText(COLOURS[event], event.padEnd(9))}  ${text}`;
}

/** Both parties of a call, redacted as in the log. */
export function partiesOf({
  aNumber,
  bNumber,
}: {
  readonly aNumber: string;
  readonly bNumber: string;
}): string {
  return `${redactNumber(canonical(aNumber))} -> ${redactNumber(canonical(bNumber))}`;
}

/** Attacks spell numbers in several ways; the sidecar's log has one. */
export function canonical(number: string): string {
  return number.replaceAll(/\D/g, '').replace(/^00/, '');
}
