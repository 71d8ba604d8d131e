/**
 * The sidecar's metrics. Most are read from the counters of the hot path when Prometheus asks. No phone number is ever a
 * label.
 */
import { Counter, Gauge, type Metric, Registry } from 'prom-client';
import { type CheckCounters, LATENCY_BOUNDS_S } from '../admission/counters.js';
import { DISCONNECT_OUTCOMES, type DisconnectOutcome } from '../admission/disconnect.js';
import type { AlertNotice } from '../admission/ports.js';
import { LatencyHistogram } from './latency-histogram.js';
import { registerProcessMetrics } from './process-metrics.js';

/**
 * All that a check may come to. They are there from the start, since Prometheus sees no increase in a counter that appears
 * with its first call.
 */
const AT_ZERO = [
  ['allow', 'none'],
  ['allow', 'allowlisted'],
  ['allow', 'exempt'],
  ['observe', 'masking'],
  ['observe', 'blocked'],
  ['reject', 'masking'],
  ['reject', 'blocked'],
] as const;

/** What is asked of the sidecar at each scrape. */
export interface SidecarGauges {
  readonly livePairs: () => number;
  readonly windowCapacity: () => number;
  readonly windowEvictions: () => number;
  readonly windowCallOverflows: () => number;
  readonly attempts: () => number;
  readonly attemptOverflows: () => number;
  readonly callsInProgress: () => number;
  readonly callOverflows: () => number;
  readonly openIncidents: () => number;
  readonly incidentOverflows: () => number;
  readonly blocks: () => number;
  readonly blockOverflows: () => number;
  readonly allowlistEntries: () => number;
  readonly allowlistOverflows: () => number;
  readonly policies: () => number;
  readonly policyOverflows: () => number;
  readonly teardownsUnderWay: () => number;
  readonly watchedSwitches: () => number;
  /** Ways of ending a call, by name. */
  readonly controls: readonly string[];
}

export class SidecarMetrics {
  readonly registry = new Registry();
  readonly #alerts: Counter<'severity'>;
  readonly #escalations: Counter<'severity'>;
  readonly #disconnects: Counter<'switch' | 'outcome'>;

  constructor(counters: CheckCounters, gauges: SidecarGauges) {
    this.#countVerdicts(counters);
    this.registry.registerMetric(
      new LatencyHistogram('acm_detection_latency_seconds', 'Time from the decoded request to its verdict.', {
        boundsS: LATENCY_BOUNDS_S,
        counts: counters.latencyBuckets,
        sumS: () => counters.latencySumS,
      }) as unknown as Metric,
    );
    this.#alerts = this.#labelled(
      'acm_alerts_generated_total',
      'Alerts opened, by the severity that they began with.',
      'severity',
    );
    this.#escalations = this.#labelled(
      'acm_alerts_escalated_total',
      'Alerts that reached a higher severity.',
      'severity',
    );
    // From the start, at zero: Prometheus sees no increase in a counter that appears with its first alert.
    for (const severity of ['medium', 'high', 'critical'] as const) {
      this.#alerts.inc({ severity }, 0);
      this.#escalations.inc({ severity }, 0);
    }
    this.#disconnects = this.#labelled(
      'acm_disconnects_total',
      'Calls to be torn down, by the way it was tried and its outcome.',
      'switch',
      'outcome',
    );
    for (const control of gauges.controls)
      for (const outcome of DISCONNECT_OUTCOMES) this.#disconnects.inc({ switch: control, outcome }, 0);
    // Of calls that no way was tried for, since too many were to be ended at once.
    this.#disconnects.inc({ switch: 'none', outcome: 'failed' }, 0);
    this.#total(
      'acm_repeated_attempts_total',
      'Attempts that were known already and got their verdict again.',
      () => counters.repeats,
    );
    this.#total(
      'acm_malformed_requests_total',
      'Checks that broke a limit of the contract.',
      () => counters.malformed,
    );
    this.#total(
      'acm_aftermath_dropped_total',
      'Detections whose alerts, blocks and teardown were dropped because too many waited.',
      () => counters.aftermathDropped,
    );
    this.#total(
      'acm_window_evictions_total',
      'Live pairs that had to go because the window was full.',
      gauges.windowEvictions,
    );
    this.#total(
      'acm_attempt_overflows_total',
      'Attempts forgotten early for want of room.',
      gauges.attemptOverflows,
    );
    this.#total(
      'acm_window_call_overflows_total',
      'Times that calls left the count of calls early for want of room.',
      gauges.windowCallOverflows,
    );
    this.#total(
      'acm_incident_overflows_total',
      'Incidents closed early for want of room.',
      gauges.incidentOverflows,
    );
    this.#total('acm_block_overflows_total', 'Blocks lifted early for want of room.', gauges.blockOverflows);
    this.#total(
      'acm_allowlist_overflows_total',
      'Allowlist entries that are not in force for want of room.',
      gauges.allowlistOverflows,
    );
    this.#total(
      'acm_policy_overflows_total',
      'Policies that are not in force for want of room.',
      gauges.policyOverflows,
    );
    this.#total(
      'acm_call_overflows_total',
      'Calls in progress forgotten for want of room.',
      gauges.callOverflows,
    );
    this.#level('acm_window_pairs', 'Pairs of A- and B-number that are live.', gauges.livePairs);
    this.#level(
      'acm_window_capacity',
      'Most pairs that can be live (ACM_WINDOW_CAPACITY).',
      gauges.windowCapacity,
    );
    this.#level(
      'acm_attempts_remembered',
      'Attempts remembered, to recognise them when they are repeated.',
      gauges.attempts,
    );
    this.#level(
      'acm_calls_in_progress',
      'Calls in progress, as the switches reported them.',
      gauges.callsInProgress,
    );
    this.#level('acm_incidents_open', 'Attacks that have not cooled down.', gauges.openIncidents);
    this.#level('acm_blocks', 'Pairs of A- and B-number that are blocked.', gauges.blocks);
    this.#level('acm_allowlist_entries', 'Allowlist entries in force.', gauges.allowlistEntries);
    this.#level('acm_policies', 'Policies that override the default.', gauges.policies);
    this.#level('acm_teardowns_under_way', 'Calls being torn down.', gauges.teardownsUnderWay);
    this.#level('acm_watched_switches', 'Switches with an agent that ends calls.', gauges.watchedSwitches);
  }

  /** Adds what Node says of the process; to be called once, since it starts observers that never stop. */
  watchProcess(): void {
    registerProcessMetrics(this.registry);
  }

  countAlert(event: 'opened' | 'grew', severity: AlertNotice['severity']): void {
    (event === 'opened' ? this.#alerts : this.#escalations).inc({ severity });
  }

  countDisconnect(control: string, outcome: DisconnectOutcome): void {
    this.#disconnects.inc({ switch: control, outcome });
  }

  #countVerdicts(counters: CheckCounters): void {
    new Counter({
      name: 'acm_calls_processed_total',
      help: 'Checks answered, by verdict and reason.',
      labelNames: ['verdict', 'reason'],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [verdict, reason] of AT_ZERO) this.inc({ verdict, reason }, 0);
        for (const [label, count] of counters.verdicts) {
          const [verdict = '', reason = ''] = label.split(' ');
          this.inc({ verdict, reason }, count);
        }
      },
    });
  }

  #labelled<Label extends string>(name: string, help: string, ...labelNames: Label[]): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  #total(name: string, help: string, read: () => number): void {
    new Counter({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  #level(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }
}
