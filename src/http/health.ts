/** GET /health: for probes and people, whoever they are. */
import { z } from 'zod';
import { CARRIER_PREFIX } from './route.js';

/** Where it is asked for. */
export const HEALTH_PATHS = ['/health', `${CARRIER_PREFIX}/health`] as const;

/** The answer to GET /health. */
export const healthSchema = z
  .object({
    status: z.enum(['ok', 'degraded', 'draining']).meta({
      description: 'degraded: it serves, but not at its best. draining: it does not serve any more (503).',
    }),
    timestamp: z.iso.datetime().meta({ format: 'date-time' }),
    version: z.string(),
    database: z
      .object({ kind: z.string(), state: z.string(), detail: z.string() })
      .optional()
      .meta({ description: 'The store of a sidecar.' }),
    switches: z
      .array(z.object({ name: z.string(), state: z.enum(['up', 'down', 'unknown']), detail: z.string() }))
      .optional()
      .meta({ description: 'The switches that the sidecar is configured to speak to.' }),
    reconciliation: z
      .object({
        state: z.enum(['off', 'away', 'not-stored', 'catching-up', 'reconciled']),
        detail: z.string(),
        peers: z.array(z.object({ name: z.string(), id: z.string(), age_ms: z.number() })),
      })
      .optional()
      .meta({
        description:
          'How the sidecar shares what it sees with others; absent where it does not. not-stored: what it tells them is acknowledged and not kept.',
      }),
    stats: z.record(z.string(), z.number()),
  })
  .meta({ id: 'Health' });

export type HealthReport = Readonly<z.infer<typeof healthSchema>>;
