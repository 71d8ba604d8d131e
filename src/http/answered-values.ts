/** Values that many answers hold: times, ids that may be absent, and pages. */
import { z } from 'zod';
import type { Page } from '../admission/store-ports.js';

export const answeredTime = z.iso
  .datetime()
  .meta({ format: 'date-time', examples: ['2026-11-22T03:14:07.250Z'] });

/** What signs every rule. */
export const signature = {
  reason: z.string().meta({ description: 'Why, as its author put it; may be empty.' }),
  author: z.string().meta({ description: 'Who made it, or changed it last.' }),
  changed_at: answeredTime,
};

export const answeredExpiry = answeredTime.nullable().meta({ description: 'null: never.' });

export const answeredAlertId = z.uuid().nullable();

/** What every page of a list says beside its items. */
export const answeredPage = {
  count: z.int().min(0).meta({ description: 'Items in this answer.' }),
  next: z
    .string()
    .nullable()
    .meta({ description: 'Give it as `after` for those that follow; null if none do.' }),
};

/** What leads on from a page. */
export function nextOf({ next }: Pick<Page<unknown>, 'next'>): string | null {
  return orNull(next);
}

/** Null for a text that is empty within. */
export function orNull(text: string): string | null {
  return text === '' ? null : text;
}
