/** Tells listeners of alerts: those of this sidecar, and what people make of them. */
import type { Actor } from './access.js';
import type { Alert } from './alert.js';
import type { FeedEvent } from './feed-event.js';
import type { Incident } from './incident.js';
import type { AlertChanges, AlertNotice, Alerts } from './ports.js';

export class AlertEvents implements Alerts, AlertChanges {
  constructor(
    private readonly feed: { publish(event: FeedEvent): void },
    private readonly now: () => Date,
  ) {}

  opened(notice: AlertNotice): void {
    this.#tell('opened', notice);
  }

  grew(notice: AlertNotice): void {
    this.#tell('grew', notice);
  }

  ended(notice: AlertNotice): void {
    this.#tell('ended', notice);
  }

  changed(alert: Alert, { author }: Actor): void {
    this.feed.publish({ type: 'alert', what: 'changed', at: this.now(), alert, author });
  }

  settled({ alertId, bNumber }: Incident): void {
    this.feed.publish({ type: 'alert', what: 'settled', at: this.now(), alertId, bNumber });
  }

  #tell(what: 'opened' | 'grew' | 'ended', notice: AlertNotice): void {
    this.feed.publish({ type: 'alert', what, at: this.now(), notice });
  }
}
