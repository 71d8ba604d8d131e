/**
 * Where the exchange of news between sidecars meets admission. The exchange (src/reconcile/) takes what is new here, tells
 * the others, and hands on what they tell. All times are of this sidecar's monotonic clock, whole milliseconds.
 */
import type { Observations } from '../detection/observations.js';
import type { StoredIncident } from './incident.js';

/** A block that a sidecar has made by itself. */
export interface BlockNews {
  /** Canonical. */
  readonly aNumber: string;
  readonly bNumber: string;
  readonly expiresMs: number;
}

/** What one sidecar tells the others. */
export interface SidecarNews {
  readonly observations: Observations;
  readonly blocks: readonly BlockNews[];
  readonly incidents: readonly StoredIncident[];
  /** Grows whenever this sidecar has changed a rule or an alert in its store; 0 for none so far. */
  readonly rulesRevision: number;
}

/** What there is to tell. */
export interface NewsSource {
  /**
   * What is new since the last `published()`; the same again, and more, until then. What is older than the longest window
   * is left out: it is worthless.
   * @param observationsMax stops after about as many calls, at the end of a millisecond.
   * @returns `more` when calls were left for the next time.
   */
  collect(observationsMax: number): { readonly news: SidecarNews; readonly more: boolean };
  /** What was collected last has been stored. */
  published(): void;
  /** The store has lost what it had: all that is still in the window is to be told again. */
  rewind(): void;
}

/** A life of another sidecar. */
export interface PeerId {
  /** UUID, made at each start. */
  readonly id: string;
  /** For people. */
  readonly name: string;
}

/** Where the others' news goes. */
export interface NewsSink {
  /**
   * Takes what another sidecar tells. Whatever comes twice, late or out of order changes nothing.
   * @param number of the delta, from 1: blocks of one that is no higher than one before are left, since people may have
   *   lifted them meanwhile.
   * @param isBacklog whether it was stored before this sidecar began to follow.
   */
  hear(peer: PeerId, number: number, news: SidecarNews, isBacklog: boolean): void;
  /**
   * Another sidecar was alive at a time: every delta says so, an empty one too.
   * @param timeMs when it was sent.
   */
  alive(peer: PeerId, timeMs: number): void;
  /** Another sidecar has stopped, and is not waited for. */
  signedOff(peer: PeerId): void;
}

/**
 * Whether what others see is known here. `away`: nothing can be exchanged now. `not-stored`: the peer acknowledges what it
 * does not keep. `catching-up`: connected, and what the window needs has not all been read.
 */
export type LinkState = 'away' | 'not-stored' | 'catching-up' | 'reconciled';

/** How the exchange is, for people and probes. */
export interface ReconciliationHealth {
  readonly state: 'off' | LinkState;
  /** What is wrong, in words; '' when nothing is. */
  readonly detail: string;
  /** The sidecars whose news is expected. */
  readonly peers: readonly { readonly name: string; readonly id: string; readonly ageMs: number }[];
}

/** How much of the others a verdict rests on; read on the hot path. */
export interface PeerState {
  /** Age in milliseconds of the oldest news among the peers expected; 0 when nobody is expected, or reconciliation is off. */
  stateAgeMs(nowMs: number): number;
  /** Whether news is missing that should be there. */
  isMissing(nowMs: number): boolean;
}
