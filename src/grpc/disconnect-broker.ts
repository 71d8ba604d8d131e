/**
 * Ends calls through agents that watch over gRPC: an order goes to every watcher of its switch, and is settled by the
 * first that has ended the call, or when all have said that they have not got it or cannot. Where nobody knows which
 * switch carries the call, it goes to those who watch any.
 */
import type { DisconnectOrder, DisconnectOutcome } from '../admission/disconnect.js';
import type { SwitchControl } from '../admission/ports.js';

/** How long an order waits for a watcher and its confirmation, in milliseconds. */
const CONFIRM_MS_MAX = 3_000;

/** Names of switches kept; there are far fewer, unless somebody makes them up. */
const KNOWN_MAX = 10_000;

/** Stands for the switch of a call that nobody has told of. */
const ANY = '';

/** What counts of several watchers' answers: one who has the call knows more than one who has not. */
const WEIGHTS: Record<DisconnectOutcome, number> = { gone: 0, unsupported: 1, failed: 2, ended: 3 };

/** Someone who obeys orders for one switch. */
export interface Watcher {
  deliver(order: DisconnectOrder): void;
}

interface OpenOrder {
  readonly order: DisconnectOrder;
  /** Watchers that have the order and have not answered. */
  readonly awaited: Set<Watcher>;
  /** The weightiest answer so far. */
  outcome: DisconnectOutcome;
  readonly settle: (outcome: DisconnectOutcome) => void;
}

export class DisconnectBroker implements SwitchControl {
  readonly name = 'grpc';
  readonly #watchers = new Map<string, Set<Watcher>>();
  /** Switches that have been watched: an agent that is away for a moment comes back. */
  readonly #known = new Set<string>();
  readonly #open = new Map<string, OpenOrder>();

  constructor(private readonly confirmMsMax = CONFIRM_MS_MAX) {}

  /** Switches with at least one watcher. */
  get watchedSwitches(): number {
    return this.#watchers.size;
  }

  carries(switchId: string): boolean {
    return this.#known.has(switchId);
  }

  disconnect(order: DisconnectOrder): Promise<DisconnectOutcome> {
    if (order.switchId === ANY && this.#watchers.size === 0) return Promise.resolve('unsupported');
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle('failed'), this.confirmMsMax);
      const settle = (outcome: DisconnectOutcome): void => {
        clearTimeout(timer);
        this.#open.delete(order.disconnectId);
        resolve(outcome);
      };
      const open: OpenOrder = { order, awaited: new Set(), outcome: 'gone', settle };
      this.#open.set(order.disconnectId, open);
      for (const [switchId, watchers] of this.#watchers)
        if (concerns(order, switchId)) for (const watcher of watchers) deliver(open, watcher);
    });
  }

  /** Adds a watcher and gives it the orders for its switch that are open. Returns the way to leave. */
  watch(switchId: string, watcher: Watcher): () => void {
    const watchers = this.#watchers.get(switchId) ?? new Set();
    this.#watchers.set(switchId, watchers.add(watcher));
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    this.#known.add(switchId);
    for (const open of this.#open.values()) if (concerns(open.order, switchId)) deliver(open, watcher);
    return () => {
      watchers.delete(watcher);
      if (watchers.size === 0) this.#watchers.delete(switchId);
      for (const open of this.#open.values()) open.awaited.delete(watcher);
    };
  }

  /** Takes a confirmation. False if no such order is open. */
  confirm(disconnectId: string, switchId: string, outcome: DisconnectOutcome): boolean {
    const open = this.#open.get(disconnectId);
    if (open === undefined || !concerns(open.order, switchId)) return false;
    // Which of several watchers speaks is not said; what counts is how many still have to.
    const [speaker] = open.awaited;
    if (speaker !== undefined) open.awaited.delete(speaker);
    if (WEIGHTS[outcome] > WEIGHTS[open.outcome]) open.outcome = outcome;
    if (outcome === 'ended' || open.awaited.size === 0) open.settle(open.outcome);
    return true;
  }
}

function concerns(order: DisconnectOrder, switchId: string): boolean {
  return order.switchId === switchId || order.switchId === ANY;
}

function deliver(open: OpenOrder, watcher: Watcher): void {
  open.awaited.add(watcher);
  watcher.deliver(open.order);
}
