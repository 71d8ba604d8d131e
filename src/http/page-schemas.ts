/** What lists have in common: pages, and times. */
import { z } from 'zod';

/** Writing a long page out holds up the checks of calls. */
const PAGE_MAX = 100;

/** `limit` and `after` of a query. */
export const pageQuery = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(PAGE_MAX)
    .default(PAGE_MAX)
    .meta({ description: 'Most entries in the answer.' }),
  after: z.string().max(512).default('').meta({ description: '`next` of the answer before.' }),
} as const;

/** RFC 3339. */
export const time = z.iso
  .datetime({ offset: true })
  .meta({ format: 'date-time', examples: ['2026-11-22T03:14:07.250Z'] });
