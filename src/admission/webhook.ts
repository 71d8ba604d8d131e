/** Webhooks: who elsewhere is told of alerts, and what becomes of each delivery. Times are of the wall clock. */
import type { Alert, AlertSeverity } from './alert.js';

/**
 * What a webhook is told, once each. `alert.opened`: it hears of this alert for the first time, since the alert was opened
 * or has reached the least severity that it wants. `alert.severity_raised`: the alert is now worse than it was told.
 * `alert.changed`: a person changed status, assignee or notes. `alert.ended`: the attack has ceased or was settled.
 */
export type WebhookEvent = 'alert.opened' | 'alert.severity_raised' | 'alert.changed' | 'alert.ended';

/** Who is told of what. */
export interface WebhookListener {
  /** Unique; 1 to 64 characters of a-z, 0-9 and `-`. */
  readonly name: string;
  /** Alerts below it are none of its business. */
  readonly minSeverity: AlertSeverity;
}

/** A webhook as it is configured. */
export interface Webhook extends WebhookListener {
  /** https, or http where private addresses are allowed; its path may be a secret of its own. */
  readonly url: string;
  /** Key of the signatures, 16 characters or more. */
  readonly secret: string;
  /** Whether it may lead to an address that is not public: loopback, private, link-local. */
  readonly allowPrivate: boolean;
}

/** One event on its way to one webhook. */
export interface Delivery {
  /** A UUID, the same in every attempt. */
  readonly deliveryId: string;
  readonly webhook: string;
  readonly event: WebhookEvent;
  readonly occurredAt: Date;
  /** Since when it is tried: when the event was written down, or the delivery was replayed. */
  readonly queuedAt: Date;
  /** This attempt, counted from 1 since `queuedAt`. */
  readonly attempt: number;
  /** As it is now; undefined once it is too old to be kept. */
  readonly alert: Alert | undefined;
}

/** What went wrong in one attempt. */
export interface DeliveryFailure {
  /** HTTP status of the answer; 0 for none. */
  readonly status: number;
  /** In words, without the URL. */
  readonly reason: string;
}

/** What becomes of a delivery after an attempt. */
export type Settlement =
  | { readonly state: 'delivered'; readonly status: number }
  | { readonly state: 'waiting'; readonly failure: DeliveryFailure; readonly dueAt: Date }
  | { readonly state: 'dead'; readonly failure: DeliveryFailure };

/** A delivery that was given up. */
export interface DeadLetter {
  readonly deliveryId: string;
  readonly webhook: string;
  readonly event: WebhookEvent;
  readonly alertId: string;
  readonly occurredAt: Date;
  readonly attempts: number;
  /** HTTP status of the last answer; 0 if there was none. */
  readonly lastStatus: number;
  readonly lastError: string;
  readonly diedAt: Date;
  /** Who has replayed it last; '' for nobody. */
  readonly replayedBy: string;
}

/** How many deliveries of a webhook there are. */
export interface WebhookCounts {
  readonly waiting: number;
  readonly dead: number;
}
