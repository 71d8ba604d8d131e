/** What another system tells of fraud: calls that it wants ended, and alerts that it has settled. */
import { AcmError } from '../errors.js';
import type { Actor } from './access.js';
import type { AlertDesk } from './alert-desk.js';
import { callsNamed } from './call-walks.js';
import type { CallInProgress, Calls } from './calls.js';
import type { AdmissionState } from './check-call.js';
import type { DisconnectActs, OrderedEnd } from './disconnect-acts.js';
import type { Teardown } from './teardown.js';

export interface FraudNewsParts {
  readonly calls: Pick<Calls, 'all'>;
  readonly state: Pick<AdmissionState, 'policies' | 'incidents'>;
  readonly teardown: Pick<Teardown, 'order'>;
  readonly acts: Pick<DisconnectActs, 'writeDown'>;
  readonly alerts: Pick<AlertDesk, 'change'>;
  /** Monotonic milliseconds, whole. */
  readonly now: () => number;
}

/** What became of the calls that were named. */
export interface NamedCalls {
  /** Call-IDs without a call in progress here. */
  readonly unknown: number;
  /** Calls that are never torn down: exempt, or allowlisted. */
  readonly spared: number;
  /** Calls whose policy only watches. */
  readonly observed: number;
  /** Calls that are being torn down. */
  readonly ordered: number;
}

export class FraudNews {
  constructor(private readonly parts: FraudNewsParts) {}

  /** Tears down those of the calls that are in progress here, where the policy enforces. Does not wait for the switches. */
  async detected(callIds: readonly string[], reason: string, by: Actor): Promise<NamedCalls> {
    const { calls, acts } = this.parts;
    const wanted = new Set(callIds);
    const named = await callsNamed(calls.all(), [...wanted]);
    const found = [...named.values()].flat();
    const unspared = found.filter((call) => !call.spared);
    const enforced = unspared.filter((call) => !this.#isOnlyObserved(call));
    const ordered: OrderedEnd[] = enforced.map((call) => this.#order(call));
    void acts.writeDown(ordered, { alertId: '', reason }, by);
    return {
      unknown: wanted.size - named.size,
      spared: found.length - unspared.length,
      observed: unspared.length - enforced.length,
      ordered: ordered.length,
    };
  }

  /**
   * The alert is RESOLVED. False if there is no such alert, or it was settled in another way before.
   * @throws AcmError ACM_STORE_UNAVAILABLE: it should be told again.
   */
  async cleared(alertId: string, by: Actor): Promise<boolean> {
    try {
      await this.parts.alerts.change(alertId, { ...by, status: 'RESOLVED' });
      return true;
    } catch (error) {
      // The id may be one of the other system's own making.
      if (error instanceof AcmError && NOT_OURS.has(error.code)) return false;
      throw error;
    }
  }

  #order(call: CallInProgress): OrderedEnd {
    const { teardown, state, now } = this.parts;
    const alertId = state.incidents.find(call.bKey, now())?.alertId ?? '';
    void teardown.order(call, { alertId, isOver: () => this.#isOnlyObserved(call) });
    return { callId: call.callId, call };
  }

  /** By which trunk a call came is known of attacks only. */
  #isOnlyObserved({ bKey }: CallInProgress): boolean {
    const { policies, incidents } = this.parts.state;
    const trunk = incidents.find(bKey, this.parts.now())?.trunk ?? '';
    return policies.find(bKey, trunk).enforcement === 'shadow';
  }
}

const NOT_OURS: ReadonlySet<string> = new Set(['ACM_INVALID_ARGUMENT', 'ACM_NOT_FOUND', 'ACM_CONFLICT']);
