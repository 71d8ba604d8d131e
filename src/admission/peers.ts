/** The other sidecars: whose news is expected, and how old it is. Verdicts read two numbers that are kept ready. */
import type { LinkState, PeerId, PeerState, ReconciliationHealth } from './exchange-ports.js';
import { type ExpectedPeer, NewsOrder } from './news-order.js';

/** A peer that is silent for longer is expected no more. */
const EXPECTED_MS = 60_000;
/** News older than this is missing, however short the interval is. */
const MISSING_MS_MIN = 1_000;
const MISSING_INTERVALS = 10;
/** Most peers that are expected at a time, and most of those whose leave is remembered. */
const PEERS_MAX = 1_000;

export class Peers implements PeerState {
  readonly #peers = new Map<string, ExpectedPeer>();
  readonly #order = new NewsOrder();
  /** When those signed off that news may still come of, late or for the second time; the first to go is the first here. */
  readonly #leftMs = new Map<string, number>();
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

  /**
   * A peer was alive at a time. A life that has signed off does not come back: news of it is late.
   * @param timeMs ahead of the clock it counts as now; a minute old, or no number, it says nothing.
   */
  alive({ id, name }: PeerId, timeMs: number, nowMs: number): void {
    // Verdicts tell ages in whole milliseconds.
    const newsMs = Math.floor(Math.min(timeMs, nowMs));
    const isRecent = nowMs - newsMs <= EXPECTED_MS;
    if (!isRecent || this.#leftMs.has(id)) return;
    const peer = this.#peers.get(id);
    if (peer === undefined) this.#expect({ id, name, newsMs, place: 0 });
    else if (newsMs > peer.newsMs) this.#order.renew(peer, newsMs);
    this.#noteOldest();
  }

  /** A peer has stopped by itself. */
  signedOff({ id }: PeerId, nowMs: number): void {
    if (!this.#leftMs.has(id) && this.#leftMs.size >= PEERS_MAX) {
      const [first] = this.#leftMs.keys();
      this.#leftMs.delete(first);
    }
    this.#leftMs.set(id, nowMs);
    const peer = this.#peers.get(id);
    if (peer !== undefined) this.#forget(peer);
    this.#noteOldest();
  }

  /** Forgets peers that have been silent for too long. */
  sweep(nowMs: number): void {
    for (let peer = this.#order.oldest; peer !== undefined; peer = this.#order.oldest) {
      if (nowMs - peer.newsMs <= EXPECTED_MS) break;
      this.#forget(peer);
    }
    this.#noteOldest();
    for (const [id, leftMs] of this.#leftMs) if (nowMs - leftMs > EXPECTED_MS) this.#leftMs.delete(id);
  }

  /** For people. */
  list(nowMs: number): ReconciliationHealth['peers'] {
    return [...this.#peers.values()].map(({ id, name, newsMs }) => ({
      id,
      name,
      ageMs: Math.max(nowMs - newsMs, 0),
    }));
  }

  #expect(peer: ExpectedPeer): void {
    if (this.#order.size >= PEERS_MAX) {
      this.#overflows++;
      return;
    }
    this.#peers.set(peer.id, peer);
    this.#order.add(peer);
  }

  #forget(peer: ExpectedPeer): void {
    this.#peers.delete(peer.id);
    this.#order.remove(peer);
  }

  #noteOldest(): void {
    this.#oldestMs = this.#order.oldest?.newsMs ?? Number.POSITIVE_INFINITY;
  }
}
