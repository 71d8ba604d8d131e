/**
 * Peers by the age of their news: a binary heap, the one with the oldest news first. Heartbeats come in turn, so it is
 * nearly always that one which speaks next; to look through all of them each time would take 1,000 peers a twentieth of
 * a processor.
 */

export interface ExpectedPeer {
  readonly id: string;
  /** For people. */
  readonly name: string;
  /** When its newest news was sent. */
  newsMs: number;
  /** Where it stands in the order, which alone changes it. */
  place: number;
}

export class NewsOrder {
  readonly #heap: ExpectedPeer[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** The peer with the oldest news. */
  get oldest(): ExpectedPeer | undefined {
    return this.#heap[0];
  }

  add(peer: ExpectedPeer): void {
    this.#rise(peer, this.#heap.length);
  }

  remove({ place }: ExpectedPeer): void {
    const last = this.#heap.pop();
    if (last === undefined || place === this.#heap.length) return;
    const above = this.#heap[(place - 1) >> 1];
    if (place > 0 && above.newsMs > last.newsMs) this.#rise(last, place);
    else this.#sink(last, place);
  }

  /** A peer has sent newer news than it had. */
  renew(peer: ExpectedPeer, newsMs: number): void {
    peer.newsMs = newsMs;
    this.#sink(peer, peer.place);
  }

  /** Puts a peer at a place, or further up where that holds newer news. */
  #rise(peer: ExpectedPeer, place: number): void {
    let at = place;
    while (at > 0) {
      const above = this.#heap[(at - 1) >> 1];
      if (above.newsMs <= peer.newsMs) break;
      this.#put(above, at);
      at = (at - 1) >> 1;
    }
    this.#put(peer, at);
  }

  /** Puts a peer at a place, or further down where that holds older news. */
  #sink(peer: ExpectedPeer, place: number): void {
    const heap = this.#heap;
    let at = place;
    for (let below = 2 * at + 1; below < heap.length; below = 2 * at + 1) {
      if (below + 1 < heap.length && heap[below + 1].newsMs < heap[below].newsMs) below++;
      if (heap[below].newsMs >= peer.newsMs) break;
      this.#put(heap[below], at);
      at = below;
    }
    this.#put(peer, at);
  }

  #put(peer: ExpectedPeer, place: number): void {
    this.#heap[place] = peer;
    peer.place = place;
  }
}
