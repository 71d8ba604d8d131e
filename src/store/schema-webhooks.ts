/**
 * Deliveries to webhooks. A row stays, delivered or not, for as long as its alert can bring the same event again: the unique
 * key is what lets nobody be told twice.
 */
export const WEBHOOKS = {
  version: 4,
  name: 'webhooks',
  statements: [
    `CREATE TABLE webhook_deliveries (
       delivery_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
       place bigserial NOT NULL,
       webhook text NOT NULL,
       alert_id uuid NOT NULL,
       event text NOT NULL CHECK (event IN ('alert.opened', 'alert.severity_raised', 'alert.changed', 'alert.ended')),
       detail text NOT NULL,
       severity text NOT NULL,
       occurred_at timestamptz NOT NULL,
       queued_at timestamptz NOT NULL,
       due_at timestamptz NOT NULL,
       attempts integer NOT NULL DEFAULT 0,
       state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'dead')),
       last_status integer NOT NULL DEFAULT 0,
       last_error text NOT NULL DEFAULT '',
       settled_at timestamptz,
       replayed_by text NOT NULL DEFAULT '',
       UNIQUE (webhook, alert_id, event, detail))`,
    `CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook, due_at) WHERE state = 'waiting'`,
    `CREATE INDEX webhook_deliveries_of_alert ON webhook_deliveries (webhook, alert_id, place) WHERE state = 'waiting'`,
    `CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (webhook, place) WHERE state = 'waiting'`,
    `CREATE INDEX webhook_deliveries_queued ON webhook_deliveries (queued_at) WHERE state = 'waiting'`,
    `CREATE INDEX webhook_deliveries_dead ON webhook_deliveries (webhook, place) WHERE state = 'dead'`,
    `CREATE INDEX webhook_deliveries_newest_dead ON webhook_deliveries (place) WHERE state = 'dead'`,
    `CREATE INDEX webhook_deliveries_settled ON webhook_deliveries (settled_at) WHERE state <> 'waiting'`,
  ],
} as const;
