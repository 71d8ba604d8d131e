/** Several places where alerts go, told one after the other. */
import type { AlertNotice, Alerts } from './ports.js';

export class AlertFanOut implements Alerts {
  constructor(private readonly places: readonly Alerts[]) {}

  opened(notice: AlertNotice): void {
    for (const place of this.places) place.opened(notice);
  }

  grew(notice: AlertNotice): void {
    for (const place of this.places) place.grew(notice);
  }

  ended(notice: AlertNotice): void {
    for (const place of this.places) place.ended(notice);
  }
}
