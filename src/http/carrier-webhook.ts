/** POST /api/v1/fraud/alerts/webhook: what another system tells of fraud, signed with a secret that both have. */
import { z } from 'zod';
import type { FraudNews, NamedCalls } from '../admission/fraud-news.js';
import type { RequestSignatures } from '../admission/webhook-ports.js';
import { newsSchema, newsTakenSchema } from './carrier-schemas.js';
import { CARRIER_PREFIX, type Route, route } from './route.js';

/** Who acts, for the audit log: the other system has no name here. */
const AUTHOR = 'fraud webhook';
const NO_CALLS: NamedCalls = { ordered: 0, observed: 0, spared: 0, unknown: 0 };

export interface CarrierWebhookParts {
  readonly news: Pick<FraudNews, 'detected' | 'cleared'>;
  readonly signatures: RequestSignatures;
}

export function carrierWebhookRoute({ news, signatures }: CarrierWebhookParts): Route {
  return route({
    method: 'POST',
    paths: [`${CARRIER_PREFIX}/alerts/webhook`],
    tag: 'carrier',
    summary: 'Tell of fraud that another system has found, or cleared',
    description:
      'Signed with FRAUD_WEBHOOK_SECRET as webhooks of the sidecar are: acm-timestamp (UNIX seconds, at most 300 from now) and ' +
      'acm-signature, `v1=` and the HMAC-SHA256 over `<timestamp>.<body>` in hex; or x-webhook-signature, `sha256=` and the ' +
      'HMAC-SHA256 over the body in hex. fraud_detected tears down those calls that are in progress here, unless their policy ' +
      'only watches. fraud_cleared resolves our alert of that id. 404 where no secret is set.',
    scopes: [],
    signatures,
    changes: true,
    input: z.object({ body: newsSchema }),
    answerStatus: 202,
    answer: newsTakenSchema,
    errors: [404, 503],
    async handle({ body: { event_type, alert } }, { author }) {
      const by = { author: AUTHOR, origin: `${author}, signed` };
      const alertId = alert.alert_id ?? '';
      const detected = event_type === 'fraud_detected';
      const calls = detected
        ? await news.detected(alert.call_ids ?? [], `told of fraud, alert ${alertId || 'without an id'}`, by)
        : NO_CALLS;
      const resolved = !detected && (await news.cleared(alertId, by));
      return { status: 'accepted' as const, event_type, resolved, calls };
    },
  });
}
