/** Webhooks and their dead letters in words. */
import { Severity } from '../../src/gen/acm/v1/detection.js';
import type { DeadLetter, ReplayDeadLettersResponse, Webhook } from '../../src/gen/acm/v1/webhook.js';
import { listing } from './table.js';
import { atSecond } from './times.js';

export function webhookTable(webhooks: readonly Webhook[]): string {
  const rows = webhooks.map(({ name, origin, minSeverity, waiting, dead, allowPrivate }) => [
    name,
    origin,
    Severity[minSeverity],
    String(waiting),
    String(dead),
    allowPrivate ? 'any' : 'public',
  ]);
  return listing(['WEBHOOK', 'GOES TO', 'FROM SEVERITY', 'WAITING', 'DEAD', 'ADDRESSES'], rows, {
    more: false,
    none: 'The sidecar has no webhooks.',
  });
}

export function deadLetterTable(letters: readonly DeadLetter[], more: boolean): string {
  const rows = letters.map((letter) => [
    atSecond(letter.occurredAt),
    letter.webhook,
    letter.event,
    letter.alertId,
    String(letter.attempts),
    atSecond(letter.diedAt),
    letter.replayedBy === '' ? letter.lastError : `${letter.lastError} (replayed by ${letter.replayedBy})`,
    letter.deliveryId,
  ]);
  const head = ['HAPPENED', 'WEBHOOK', 'EVENT', 'ALERT', 'ATTEMPTS', 'GIVEN UP', 'LAST ERROR', 'DELIVERY'];
  return listing(head, rows, { more, none: 'No delivery was given up.' });
}

export function replayedInWords(webhook: string, { replayed, left }: ReplayDeadLettersResponse): string {
  if (replayed === 0) return `There is nothing to replay for ${webhook}.`;
  const rest = left === 0 ? '' : ` ${left} are left: replay again once these are delivered.`;
  return `${replayed} ${replayed === 1 ? 'delivery is' : 'deliveries are'} tried again for ${webhook}.${rest}`;
}
