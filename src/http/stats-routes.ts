/** GET /acm/stats: what this sidecar has done since it started. GET /acm/stats/history: what was done over time. */
import { z } from 'zod';
import type { StatisticsDesk } from '../admission/statistics-desk.js';
import { type Route, route } from './route.js';
import { historyBody, historyQuerySchema, historySchema, statsBody, statsSchema } from './stats-schemas.js';

export function statsRoutes(statistics: StatisticsDesk): Route[] {
  return [
    route({
      method: 'GET',
      paths: ['/acm/stats', '/stats'],
      tag: 'monitoring',
      summary: 'What this sidecar has done since it started',
      scopes: ['alerts:read'],
      input: z.object({}),
      answer: statsSchema,
      errors: [],
      handle: async () => statsBody(await statistics.sinceStart()),
    }),
    route({
      method: 'GET',
      paths: ['/acm/stats/history'],
      tag: 'monitoring',
      summary: 'What was done within the last minutes, up to 30 days, and how that went over time',
      description:
        'The sidecar that answers counts its own checks up to this moment. What other sidecars on the store did is there ' +
        'once the minute is over in which they did it, and so is what this one did before it was started anew. Counters ' +
        'are looked at once a second: what is counted in the first second of a step may stand in the step before.',
      scopes: ['alerts:read'],
      input: z.object({ query: historyQuerySchema }),
      answer: historySchema,
      errors: [],
      handle: async ({ query }) => historyBody(query.minutes, await statistics.history(query.minutes)),
    }),
  ];
}
