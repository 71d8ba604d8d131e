/** The SIP agent's metrics. No phone number is ever a label. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { DISCONNECT_OUTCOMES, type DisconnectOutcome } from '../admission/disconnect.js';
import type { AgentTelemetry, UnscreenedCause } from '../admission/ports.js';
import { registerProcessMetrics } from './process-metrics.js';

/** Upper bounds in seconds: a verdict takes a fraction of a millisecond, a deadline 20, a stall longer. */
const LATENCY_BUCKETS = [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1];

const CAUSES: readonly UnscreenedCause[] = ['deadline', 'unavailable', 'breaker', 'error'];

/** AgentTelemetry in Prometheus' terms, on a registry of its own. */
export class AgentMetrics implements AgentTelemetry {
  readonly registry = new Registry();
  readonly #unscreened: Counter<'cause' | 'action'>;
  readonly #calls: Counter<'verdict'>;
  readonly #latency: Histogram;
  readonly #disconnects: Counter<'outcome'>;
  readonly #passedOn: Counter<'outcome'>;
  readonly #framesDropped: Counter;
  readonly #peers: Gauge<'peer'>;

  constructor() {
    const registers = [this.registry];
    this.#unscreened = new Counter({
      name: 'acm_unscreened_calls_total',
      help: 'Calls without a verdict, by why and by what was done with them.',
      labelNames: ['cause', 'action'],
      registers,
    });
    this.#calls = new Counter({
      name: 'acm_sip_calls_total',
      help: 'Calls with a verdict.',
      labelNames: ['verdict'],
      registers,
    });
    this.#latency = new Histogram({
      name: 'acm_sip_check_latency_seconds',
      help: 'Time from an INVITE to its verdict.',
      buckets: LATENCY_BUCKETS,
      registers,
    });
    this.#disconnects = new Counter({
      name: 'acm_sip_disconnects_total',
      help: 'Disconnect commands, by what became of the call.',
      labelNames: ['outcome'],
      registers,
    });
    this.#framesDropped = new Counter({
      name: 'acm_sip_frames_dropped_total',
      help: 'SIP messages that were too long for drachtio-server.',
      registers,
    });
    this.#passedOn = new Counter({
      name: 'acm_sip_passed_on_total',
      help: 'Calls passed on, by how their INVITE ended.',
      labelNames: ['outcome'],
      registers,
    });
    this.#peers = new Gauge({
      name: 'acm_sip_peer_up',
      help: 'Whether drachtio-server and the sidecar are connected.',
      labelNames: ['peer'],
      registers,
    });
    this.#beginAtZero();
    registerProcessMetrics(this.registry);
  }

  /** Prometheus sees no increase in a counter that appears with its first call, which may be the one that matters. */
  #beginAtZero(): void {
    for (const cause of CAUSES)
      for (const action of ['allow', 'reject'] as const) this.#unscreened.inc({ cause, action }, 0);
    for (const verdict of ['allow', 'observe', 'reject'] as const) this.#calls.inc({ verdict }, 0);
    for (const outcome of DISCONNECT_OUTCOMES) this.#disconnects.inc({ outcome }, 0);
    for (const outcome of ['answered', 'failed', 'cancelled'] as const) this.#passedOn.inc({ outcome }, 0);
  }

  screened(verdict: 'allow' | 'observe' | 'reject', latencyMs: number): void {
    this.#calls.inc({ verdict });
    this.#latency.observe(latencyMs / 1_000);
  }

  unscreened(cause: UnscreenedCause, action: 'allow' | 'reject'): void {
    this.#unscreened.inc({ cause, action });
  }

  disconnected(outcome: DisconnectOutcome): void {
    this.#disconnects.inc({ outcome });
  }

  frameDropped(): void {
    this.#framesDropped.inc();
  }

  passedOn(outcome: 'answered' | 'failed' | 'cancelled'): void {
    this.#passedOn.inc({ outcome });
  }

  connected(peer: 'drachtio' | 'sidecar', up: boolean): void {
    this.#peers.set({ peer }, up ? 1 : 0);
  }
}
