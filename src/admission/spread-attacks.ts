/**
 * Attacks that no sidecar sees as a whole: when what others have seen brings a B-number over the threshold, though no call
 * that was checked here did. All sidecars find that out within an interval or two, and one of them is to open the
 * alert: the one that saw the newest call. The others wait for its news, and open it themselves if none comes.
 */
import type { CallerWindow } from '../detection/caller-window.js';
import { isMasking } from '../detection/masking-rule.js';
import type { NumberKeys } from '../detection/number-keys.js';
import type { Aftermath } from './aftermath.js';
import type { CheckCounters } from './counters.js';
import type { Exemptions } from './exemptions.js';
import type { Incidents } from './incident.js';
import type { Policies, Policy } from './policy.js';

/** Most attacks whose news is waited for; those beyond it are left to the other sidecars. */
const AWAITED_MAX = 10_000;

export interface SpreadAttacksParts {
  readonly keys: NumberKeys;
  readonly window: CallerWindow;
  readonly policies: Policies;
  readonly incidents: Incidents;
  readonly exemptions: Exemptions;
  readonly aftermath: Pick<Aftermath, 'found'>;
  readonly counters: Pick<CheckCounters, 'aftermathDropped'>;
  /** How long to wait for the news of the sidecar that opens the alert, in milliseconds. */
  readonly graceMs: number;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/** An attack that another sidecar should have told of by `dueMs`. */
interface Awaited {
  readonly distinct: number;
  readonly detectedMs: number;
  readonly dueMs: number;
}

export class SpreadAttacks {
  readonly #parts: SpreadAttacksParts;
  /** By B, whose key is held. */
  readonly #awaited = new Map<number, Awaited>();

  constructor(parts: SpreadAttacksParts) {
    this.#parts = parts;
  }

  /** Attacks whose news is waited for. */
  get awaited(): number {
    return this.#awaited.size;
  }

  /**
   * Others have seen a call to B.
   * @param mayWait false for old news: what followed from it comes with it.
   */
  look(bKey: number, mayWait: boolean, nowMs: number): void {
    const { window } = this.#parts;
    const { policy } = this.#termsOf(bKey, nowMs);
    const distinct = window.distinct(bKey, nowMs, policy.windowMs);
    if (!isMasking(distinct, policy.threshold) || this.#isKnown(bKey, policy, nowMs)) return;
    if (this.#sawNewest(bKey, policy, nowMs)) this.#open(bKey, distinct, nowMs);
    else if (mayWait) this.#await(bKey, distinct, nowMs);
  }

  /** Opens what nobody has told of in time. To be called every now and then. */
  tick(nowMs: number): void {
    for (const [bKey, { distinct, detectedMs, dueMs }] of this.#awaited) {
      if (nowMs < dueMs) continue;
      if (!this.#isKnown(bKey, this.#termsOf(bKey, detectedMs).policy, detectedMs))
        this.#open(bKey, distinct, detectedMs);
      else this.#forget(bKey);
    }
  }

  /** The trunk of an open incident is where the newest calls came from, and the policy may hang on it. */
  #termsOf(bKey: number, nowMs: number): { readonly trunk: string; readonly policy: Policy } {
    const { incidents, policies } = this.#parts;
    const trunk = incidents.find(bKey, nowMs)?.trunk ?? '';
    return { trunk, policy: policies.find(bKey, trunk) };
  }

  /** Whether the burst that is in the window has been detected before, or people have settled what it led to. */
  #isKnown(bKey: number, { windowMs }: Policy, nowMs: number): boolean {
    const { incidents, keys, window } = this.#parts;
    const incident = incidents.find(bKey, nowMs);
    if (incident !== undefined) return nowMs - incident.lastDetectionMs <= windowMs;
    const settledMs = incidents.settledDetectionMs(keys.textOf(bKey));
    return settledMs !== undefined && window.callersOf(bKey, settledMs + 1, 0).length === 0;
  }

  /** Where two saw theirs in the same millisecond both open an alert, and the two become one. */
  #sawNewest(bKey: number, { windowMs }: Policy, nowMs: number): boolean {
    const { window } = this.#parts;
    const newest = window.callsBetween(bKey, nowMs - windowMs, Number.POSITIVE_INFINITY, 1)[0];
    return newest !== undefined && window.callersOf(bKey, newest.timeMs + 1, 0).length === 0;
  }

  #open(bKey: number, distinct: number, detectedMs: number): void {
    const { aftermath, exemptions, incidents, keys } = this.#parts;
    const { trunk, policy } = this.#termsOf(bKey, detectedMs);
    const exempt = exemptions.covers(keys.textOf(bKey), false, undefined);
    aftermath.found(incidents.detect(bKey, trunk, distinct, policy, exempt, detectedMs), detectedMs);
    this.#forget(bKey);
  }

  /** Not all wait equally long, so that the first to open the alert can spare the others doing so. */
  #await(bKey: number, distinct: number, nowMs: number): void {
    const { counters, graceMs, keys, random } = this.#parts;
    const before = this.#awaited.get(bKey);
    if (before !== undefined) {
      this.#awaited.set(bKey, { ...before, distinct: Math.max(distinct, before.distinct) });
      return;
    }
    if (this.#awaited.size >= AWAITED_MAX) {
      counters.aftermathDropped++;
      return;
    }
    keys.retain(bKey);
    this.#awaited.set(bKey, { distinct, detectedMs: nowMs, dueMs: nowMs + graceMs * (1 + random()) });
  }

  #forget(bKey: number): void {
    if (this.#awaited.delete(bKey)) this.#parts.keys.release(bKey);
  }
}
