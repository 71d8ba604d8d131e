/** Alerts as log lines and as a metric: what an operator has at night when nothing else is there. */
import type { AlertNotice, Alerts, Log } from '../admission/ports.js';
import { redactNumber } from '../admission/redaction.js';

export class AlertLog implements Alerts {
  constructor(
    private readonly log: Log,
    /** Counts an alert that was opened, or that has reached a higher severity. */
    private readonly count: (event: 'opened' | 'grew', severity: AlertNotice['severity']) => void,
  ) {}

  opened(notice: AlertNotice): void {
    this.count('opened', notice.severity);
    this.log.warn(fieldsOf(notice), 'call masking detected');
  }

  grew(notice: AlertNotice): void {
    this.count('grew', notice.severity);
    this.log.warn(fieldsOf(notice), 'call masking grows');
  }

  ended(notice: AlertNotice): void {
    this.log.info(fieldsOf(notice), 'call masking has ceased');
  }
}

function fieldsOf(notice: AlertNotice): object {
  return { ...notice, bNumber: redactNumber(notice.bNumber) };
}
