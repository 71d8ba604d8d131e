/** What listeners are told while it happens: alerts, the B-numbers near an attack, and how much there is to do. */
import type { Alert } from './alert.js';
import type { AlertNotice } from './ports.js';
import type { Threat } from './threats.js';

export const EVENT_TYPES = ['alert', 'threats', 'stats'] as const;

export type EventType = (typeof EVENT_TYPES)[number];

export type FeedEvent = AlertEvent | ThreatsEvent | StatsEvent;

export type AlertEvent =
  | {
      readonly type: 'alert';
      readonly what: 'opened' | 'grew' | 'ended';
      readonly at: Date;
      readonly notice: AlertNotice;
    }
  /** A person has changed it through this sidecar. */
  | {
      readonly type: 'alert';
      readonly what: 'changed';
      readonly at: Date;
      readonly alert: Alert;
      readonly author: string;
    }
  /** A person has settled it, here or through another sidecar on the store, while its incident was open here. */
  | {
      readonly type: 'alert';
      readonly what: 'settled';
      readonly at: Date;
      readonly alertId: string;
      readonly bNumber: string;
    };

/** All threats that there are, the gravest first: each list replaces the one before. */
export interface ThreatsEvent {
  readonly type: 'threats';
  readonly at: Date;
  readonly threats: readonly Threat[];
}

export interface StatsEvent {
  readonly type: 'stats';
  readonly at: Date;
  /** Since the start. */
  readonly total: Rates;
  /** A second, since the stats before. */
  readonly perSecond: Rates;
  readonly activeCalls: number;
  readonly openIncidents: number;
}

/** Checks, and those among them that found masking or were answered with a rejection. */
export interface Rates {
  readonly checks: number;
  readonly detections: number;
  readonly rejected: number;
}
