/** A sidecar as its exchange sees it: calls to tell of, and what was heard. The window is a map, which is all it is. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep, setImmediate as yieldTurn } from 'node:timers/promises';
import type {
  LinkState,
  NewsSink,
  NewsSource,
  PeerId,
  SidecarNews,
} from '../../../src/admission/exchange-ports.js';
import type { Log } from '../../../src/admission/ports.js';
import { packNumber } from '../../../src/detection/number.js';
import { LumaClient } from '../../../src/reconcile/luma-client.js';
import type { Seal } from '../../../src/reconcile/sealed-news.js';
import { WindowExchange } from '../../../src/reconcile/window-exchange.js';

export const WINDOW_MS = 5_000;

export interface Call {
  readonly b: string;
  readonly a: string;
  readonly timeMs: number;
}

export interface SidecarOptions {
  readonly address: string;
  readonly name: string;
  readonly intervalMs?: number;
  readonly seal?: Seal;
  /** The monotonic clock, whose origin is anywhere. */
  readonly now?: () => number;
}

export class ExchangingSidecar implements NewsSource, NewsSink {
  readonly self: PeerId;
  readonly exchange: WindowExchange;
  readonly states: LinkState[] = [];
  readonly details: string[] = [];
  readonly logged: string[] = [];
  /** Newest time of each pair, in this sidecar's clock. */
  readonly window = new Map<string, number>();
  readonly aliveMs = new Map<string, number>();
  readonly signedOffs: string[] = [];
  readonly now: () => number;
  ticks = 0;
  #own: Call[] = [];
  #told = 0;
  #collected = 0;
  rewinds = 0;

  constructor({ address, name, intervalMs = 20, seal, now }: SidecarOptions) {
    this.self = { id: randomUUID(), name };
    this.now = now ?? (() => performance.now());
    this.exchange = new WindowExchange({
      luma: new LumaClient({ address, token: '' }),
      self: this.self,
      source: this,
      sink: this,
      log: this.#log(),
      intervalMs,
      windowMs: () => WINDOW_MS,
      seal,
      tick: () => {
        this.ticks++;
      },
      onState: (state, detail) => {
        this.states.push(state);
        this.details.push(detail);
      },
      now: this.now,
      sleep,
      yieldTurn,
      random: Math.random,
    });
  }

  call(b: string, a: string): void {
    const timeMs = Math.floor(this.now());
    this.#own.push({ b, a, timeMs });
    this.#merge(b, a, timeMs);
  }

  collect(observationsMax: number): { news: SidecarNews; more: boolean } {
    const oldestMs = this.now() - WINDOW_MS;
    const waiting = this.#own.slice(this.#told);
    const calls = waiting.slice(0, observationsMax).filter(({ timeMs }) => timeMs >= oldestMs);
    this.#collected = this.#told + Math.min(waiting.length, observationsMax);
    return { news: newsOf(calls), more: waiting.length > observationsMax };
  }

  published(): void {
    this.#told = this.#collected;
  }

  rewind(): void {
    this.rewinds++;
    this.#told = 0;
  }

  hear(_peer: PeerId, _number: number, { observations }: SidecarNews): void {
    const { count, bKeys, aKeys, timesMs, named } = observations;
    for (let i = 0; i < count; i++) this.#merge(String(bKeys[i]), String(aKeys[i]), timesMs[i]);
    for (const { bNumber, aNumber, timeMs } of named) this.#merge(bNumber, aNumber, timeMs);
  }

  alive(peer: PeerId, timeMs: number): void {
    this.aliveMs.set(peer.name, Math.max(timeMs, this.aliveMs.get(peer.name) ?? timeMs));
  }

  signedOff(peer: PeerId): void {
    this.signedOffs.push(peer.name);
  }

  /** Whether the pair is known, whenever it was. */
  knows(b: string, a: string): boolean {
    return this.window.has(`${b} ${a}`);
  }

  #merge(b: string, a: string, timeMs: number): void {
    const pair = `${b} ${a}`;
    this.window.set(pair, Math.max(timeMs, this.window.get(pair) ?? timeMs));
  }

  #log(): Log {
    const note = (fields: object, message: string): void => {
      this.logged.push(`${message} ${JSON.stringify(fields)}`);
    };
    return { debug: () => undefined, info: note, warn: note, error: note };
  }
}

function newsOf(calls: readonly Call[]): SidecarNews {
  const packed = calls.filter(({ b, a }) => packNumber(b, undefined) >= 0 && packNumber(a, undefined) >= 0);
  const named = calls.filter((call) => !packed.includes(call));
  return {
    observations: {
      count: packed.length,
      bKeys: Float64Array.from(packed, ({ b }) => packNumber(b, undefined)),
      aKeys: Float64Array.from(packed, ({ a }) => packNumber(a, undefined)),
      timesMs: Float64Array.from(packed, ({ timeMs }) => timeMs),
      named: named.map(({ b, a, timeMs }) => ({ bNumber: b, aNumber: a, timeMs })),
    },
    blocks: [],
    incidents: [],
    rulesRevision: 0,
  };
}
