/**
 * The other sidecars: whose news is expected, and how old it is. Verdicts read two numbers that are kept ready; who was
 * heard of last is looked for only when the one whose news is oldest has spoken.
 */
import type { LinkState, PeerId, PeerState, ReconciliationHealth } from './exchange-ports.js';

/** A peer that is silent for longer is expected no more. */
const EXPECTED_MS = 60_000;
/** News older than this is missing, however short the interval is. */
const MISSING_MS_MIN = 1_000;
const MISSING_INTERVALS = 10;
/** Most peers that are expected at a time. */
const PEERS_MAX = 1_000;

interface Peer {
  readonly name: string;
  newsMs: number;
}

export class Peers implements PeerState {
  readonly #peers = new Map<string, Peer>();
  readonly #missingMs: number;
  #link: ReconciliationHealth['state'] = 'off';
  /** Since when the link has not been reconciled; Infinity while it is, or is off. */
  #unlinkedSinceMs = Number.POSITIVE_INFINITY;
  /** The oldest news among the peers; Infinity without peers. */
  #oldestMs = Number.POSITIVE_INFINITY;
  #overflows = 0;

  /** @param intervalMs how often peers are heard of when all is well. */
  constructor(intervalMs: number) {
    this.#missingMs = Math.max(MISSING_MS_MIN, MISSING_INTERVALS * intervalMs);
  }

  /** How often a peer could not be expected for want of room. */
  get overflows(): number {
    return this.#overflows;
  }

  get link(): ReconciliationHealth['state'] {
    return this.#link;
  }

  stateAgeMs(nowMs: number): number {
    const sinceMs = this.#oldestMs < this.#unlinkedSinceMs ? this.#oldestMs : this.#unlinkedSinceMs;
    return sinceMs < nowMs ? nowMs - sinceMs : 0;
  }

  isMissing(nowMs: number): boolean {
    return this.#unlinkedSinceMs !== Number.POSITIVE_INFINITY || nowMs - this.#oldestMs > this.#missingMs;
  }

  /** The exchange is in another state. */
  linkIs(state: ReconciliationHealth['state'], nowMs: number): void {
    this.#link = state;
    const linked = state === 'off' || state === ('reconciled' satisfies LinkState);
    if (linked) this.#unlinkedSinceMs = Number.POSITIVE_INFINITY;
    else if (this.#unlinkedSinceMs === Number.POSITIVE_INFINITY) this.#unlinkedSinceMs = nowMs;
  }

  /** A peer was alive at a time. */
  alive({ id, name }: PeerId, timeMs: number, nowMs: number): void {
    const newsMs = Math.min(timeMs, nowMs);
    if (nowMs - newsMs > EXPECTED_MS) return;
    const peer = this.#peers.get(id);
    if (peer === undefined) this.#expect(id, { name, newsMs });
    else if (newsMs > peer.newsMs) {
      const wasOldest = peer.newsMs === this.#oldestMs;
      peer.newsMs = newsMs;
      if (wasOldest) this.#findOldest();
    }
  }

  /** A peer has stopped by itself. */
  signedOff({ id }: PeerId): void {
    if (this.#peers.delete(id)) this.#findOldest();
  }

  /** Forgets peers that have been silent for too long. */
  sweep(nowMs: number): void {
    for (const [id, { newsMs }] of this.#peers) if (nowMs - newsMs > EXPECTED_MS) this.#peers.delete(id);
    this.#findOldest();
  }

  /** For people. */
  list(nowMs: number): ReconciliationHealth['peers'] {
    return [...this.#peers].map(([id, { name, newsMs }]) => ({
      id,
      name,
      ageMs: Math.max(nowMs - newsMs, 0),
    }));
  }

  #expect(id: string, peer: Peer): void {
    if (this.#peers.size >= PEERS_MAX) {
      this.#overflows++;
      return;
    }
    this.#peers.set(id, peer);
    if (peer.newsMs < this.#oldestMs) this.#oldestMs = peer.newsMs;
  }

  #findOldest(): void {
    let oldestMs = Number.POSITIVE_INFINITY;
    for (const { newsMs } of this.#peers.values()) if (newsMs < oldestMs) oldestMs = newsMs;
    this.#oldestMs = oldestMs;
  }
}
