/**
 * Where the rings meet: what admission asks of the world around it, and what adapters share. Adapters implement these
 * interfaces and never import each other; sidecar/compose.ts joins them. What needs the store is in store-ports.ts, what
 * connectors to switches do in switch-ports.ts.
 */

import type { Actor } from './access.js';
import type { Alert, AlertEffect, AlertSeverity } from './alert.js';
import type { DisconnectOrder, DisconnectOutcome } from './disconnect.js';
import type { Incident } from './incident.js';

/** Milliseconds of a clock that never goes backwards; whole numbers, from an arbitrary origin. */
export interface Clock {
  now(): number;
}

/** Turns times of the monotonic clock into dates and back, by what the wall clock says now. */
export interface WallClock {
  dateOf(monotonicMs: number): Date;
  /** Whole milliseconds; may lie before the origin of the clock. */
  monotonicMsOf(date: Date): number;
}

/** Structured logs. Fields never hold a whole phone number above debug: see redactNumber. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** One way of ending calls on a switch. */
export interface SwitchControl {
  /** Name for logs and metrics, for example `freeswitch`. */
  readonly name: string;
  /** Whether it speaks to the switch of this name. Where no control does, each is asked in turn. */
  carries(switchId: string): boolean;
  /**
   * Asks the switch to end the call and waits for its confirmation, at most until the implementation's own deadline.
   * Safe to repeat: the state of the call is looked up anew each time. Never rejects: what goes wrong is `failed`.
   */
  disconnect(order: DisconnectOrder): Promise<DisconnectOutcome>;
}

/** Why the SIP agent had no verdict for a call. */
export type UnscreenedCause = 'deadline' | 'unavailable' | 'breaker' | 'error';

/** What the SIP agent counts. */
export interface AgentTelemetry {
  /** A verdict was obeyed; `latencyMs` from the INVITE to the verdict. */
  screened(verdict: 'allow' | 'observe' | 'reject', latencyMs: number): void;
  /** A call had no verdict. */
  unscreened(cause: UnscreenedCause, action: 'allow' | 'reject'): void;
  /** The agent ended a call, or tried to. */
  disconnected(outcome: DisconnectOutcome): void;
  /** A SIP message was too long for drachtio-server. */
  frameDropped(): void;
  /** A call that was passed on and has failed downstream with this SIP status. */
  passedOn(outcome: 'answered' | 'failed' | 'cancelled'): void;
  /** Whether the connection to drachtio-server or the sidecar stands. */
  connected(peer: 'drachtio' | 'sidecar', up: boolean): void;
}

/** What people are told about an incident. */
export interface AlertNotice {
  readonly alertId: string;
  /** Canonical, whole: whoever writes it down redacts it. */
  readonly bNumber: string;
  readonly severity: AlertSeverity;
  /** Distinct A-numbers within the window, at the most so far. */
  readonly distinctACount: number;
  /** Distinct source addresses within the window that this sidecar saw: a crowd comes through many, an attack through one. */
  readonly distinctSources: number;
  readonly detections: number;
  /** Whether calls of the incident are rejected. */
  readonly effect: AlertEffect;
}

/** Where alerts go. Called after the answer, never on the hot path. */
export interface Alerts {
  opened(notice: AlertNotice): void;
  /** The incident has reached a higher severity. */
  grew(notice: AlertNotice): void;
  /** The incident has cooled down. */
  ended(notice: AlertNotice): void;
}

/** Who is told of what people make of alerts, once it is stored. */
export interface AlertChanges {
  /** Somebody has changed it through this sidecar. */
  changed(alert: Alert, by: Actor): void;
  /** Somebody, here or through another sidecar on the store, has settled the alert of an incident that was open here. */
  settled(incident: Incident): void;
}
