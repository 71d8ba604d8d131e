/**
 * What the hot path counts: plain numbers, since a labelled metric costs more than the check itself. Telemetry reads
 * them when it is asked.
 */
import type { Decision, VerdictReason } from '../detection/verdict.js';

/**
 * Upper bounds of the latency buckets, in seconds. Minutes in the store are counted by them: others would need a step of
 * the schema that says what becomes of these.
 */
export const LATENCY_BOUNDS_S = [
  0.000005, 0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.1,
] as const;

export interface VerdictTotals {
  readonly checks: number;
  readonly rejected: number;
  readonly observed: number;
  /** Checks that found masking, whatever was answered. */
  readonly detections: number;
}

export class CheckCounters {
  /** Checks answered, by decision and reason; key `decision reason`. */
  readonly verdicts = new Map<string, number>();
  /** Checks that were answered from memory because the attempt was known. */
  repeats = 0;
  /** Requests that broke a limit. */
  malformed = 0;
  /** Checks at or under each bound of LATENCY_BOUNDS_S, not cumulated; the last place counts those above all. */
  readonly latencyBuckets = new Float64Array(LATENCY_BOUNDS_S.length + 1);
  latencySumS = 0;
  alertsOpened = 0;
  /** Work after the answer that was dropped because too much of it was waiting. */
  aftermathDropped = 0;
  /** The longest check since the peak was taken last, and the longest before that. */
  #latencyPeakS = 0;
  #latencyMaxBeforeS = 0;

  /** The longest check of all. */
  get latencyMaxS(): number {
    return Math.max(this.#latencyPeakS, this.#latencyMaxBeforeS);
  }

  /** The longest check since this was asked last: unlike the rest, a maximum is no difference of two readings. */
  takeLatencyPeakS(): number {
    const peak = this.#latencyPeakS;
    this.#latencyMaxBeforeS = this.latencyMaxS;
    this.#latencyPeakS = 0;
    return peak;
  }

  /** Sums over the verdicts; cheap enough for once a second. */
  totals(): VerdictTotals {
    const sum = (wanted: RegExp): number =>
      [...this.verdicts].reduce((total, [label, count]) => total + (wanted.test(label) ? count : 0), 0);
    return {
      checks: sum(/./),
      rejected: sum(/^reject /),
      observed: sum(/^observe /),
      detections: sum(/ masking$/),
    };
  }

  countVerdict(decision: Decision, reason: VerdictReason): void {
    const label = VERDICT_LABELS[decision][reason];
    this.verdicts.set(label, (this.verdicts.get(label) ?? 0) + 1);
  }

  /** @param latencyMs from the decoded request to the verdict. */
  countLatency(latencyMs: number): void {
    const seconds = latencyMs / 1000;
    let bucket = 0;
    while (bucket < LATENCY_BOUNDS_S.length && seconds > LATENCY_BOUNDS_S[bucket]) bucket++;
    this.latencyBuckets[bucket]++;
    this.latencySumS += seconds;
    if (seconds > this.#latencyPeakS) this.#latencyPeakS = seconds;
  }
}

function labelsOf(decision: Decision): Record<VerdictReason, string> {
  const label = (reason: VerdictReason): string => `${decision} ${reason}`;
  return {
    none: label('none'),
    masking: label('masking'),
    blocked: label('blocked'),
    allowlisted: label('allowlisted'),
    exempt: label('exempt'),
  };
}

/** Made once, so that counting builds no strings. */
const VERDICT_LABELS: Record<Decision, Record<VerdictReason, string>> = {
  allow: labelsOf('allow'),
  observe: labelsOf('observe'),
  reject: labelsOf('reject'),
};
