/** The same exact counts the plain way: a Map of callers for each B-number, and a queue of calls in order of time. */
interface Called {
  /** The newest time at which each A called. */
  readonly lastCalls: Map<string, number>;
  calls: number;
}

interface Call {
  readonly bNumber: string;
  readonly aNumber: string;
  readonly timeMs: number;
}

export class MapWindow {
  readonly #called = new Map<string, Called>();
  #queue: Call[] = [];
  #first = 0;

  constructor(private readonly windowMs: number) {}

  /** Records a call; times must not go backwards. Returns distinct callers plus calls of B within the window. */
  observe(bNumber: string, aNumber: string, timeMs: number): number {
    this.#forgetBefore(timeMs - this.windowMs);
    let called = this.#called.get(bNumber);
    if (called === undefined) {
      called = { lastCalls: new Map(), calls: 0 };
      this.#called.set(bNumber, called);
    }
    called.lastCalls.set(aNumber, timeMs);
    called.calls++;
    this.#queue.push({ bNumber, aNumber, timeMs });
    return called.lastCalls.size + called.calls;
  }

  #forgetBefore(timeMs: number): void {
    while (this.#first < this.#queue.length && this.#queue[this.#first].timeMs < timeMs) {
      this.#forget(this.#queue[this.#first++]);
    }
    if (this.#first > 100_000 && this.#first > this.#queue.length / 2) {
      this.#queue = this.#queue.slice(this.#first);
      this.#first = 0;
    }
  }

  #forget({ bNumber, aNumber, timeMs }: Call): void {
    const called = this.#called.get(bNumber);
    if (called === undefined) return;
    called.calls--;
    if (called.lastCalls.get(aNumber) === timeMs) called.lastCalls.delete(aNumber);
    if (called.lastCalls.size === 0) this.#called.delete(bNumber);
  }
}
