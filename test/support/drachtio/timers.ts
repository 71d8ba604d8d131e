/** The timers of RFC 3261 (table 4) and of drachtio-server, in milliseconds. */
export interface SipTimers {
  /** T1, the estimated round trip: first retransmission. 64 times T1 bounds every transaction. */
  readonly t1Ms: number;
  /** T2, the longest interval between retransmissions. */
  readonly t2Ms: number;
  /** T4, how long a message may linger in the network. */
  readonly t4Ms: number;
  /** How long drachtio-server keeps a request that no application answers; then it forgets it without a word. */
  readonly unansweredMs: number;
}

export const RFC_TIMERS: SipTimers = { t1Ms: 500, t2Ms: 4000, t4Ms: 5000, unansweredMs: 64_000 };

/** The same timers, `factor` times as long: 0.02 makes a transaction end within a second. */
export function scaledTimers(factor: number): SipTimers {
  return {
    t1Ms: RFC_TIMERS.t1Ms * factor,
    t2Ms: RFC_TIMERS.t2Ms * factor,
    t4Ms: RFC_TIMERS.t4Ms * factor,
    unansweredMs: RFC_TIMERS.unansweredMs * factor,
  };
}

/** Timers of one owner, by the letters that RFC 3261 gives them; cleared together when the owner ends. */
export class TimerSet {
  private readonly running = new Map<string, NodeJS.Timeout>();

  set(name: string, delayMs: number, action: () => void): void {
    clearTimeout(this.running.get(name));
    const timer = setTimeout(() => {
      this.running.delete(name);
      action();
    }, delayMs);
    this.running.set(name, timer);
  }

  /** Runs `action` after `firstMs`, then at intervals that double up to `intervalMsMax`, until cleared. */
  repeat(name: string, firstMs: number, intervalMsMax: number, action: () => void): void {
    this.set(name, firstMs, () => {
      this.repeat(name, Math.min(firstMs * 2, intervalMsMax), intervalMsMax, action);
      action();
    });
  }

  clear(name: string): void {
    clearTimeout(this.running.get(name));
    this.running.delete(name);
  }

  clearAll(): void {
    for (const timer of this.running.values()) clearTimeout(timer);
    this.running.clear();
  }
}
