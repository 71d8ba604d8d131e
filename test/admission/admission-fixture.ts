/** Admission put together for a test: real parts, a clock that the test moves, and recorders where adapters would be. */
import { Aftermath } from '../../src/admission/aftermath.js';
import { Allowlist } from '../../src/admission/allowlist.js';
import { AttemptMemory } from '../../src/admission/attempt-memory.js';
import { Blocks } from '../../src/admission/blocks.js';
import type { CallAttempt } from '../../src/admission/call-attempt.js';
import { type CallReport, CallReports } from '../../src/admission/call-reports.js';
import { Calls } from '../../src/admission/calls.js';
import { type AdmissionState, CallCheck } from '../../src/admission/check-call.js';
import type { CheckedCall } from '../../src/admission/checked-call.js';
import { CheckCounters } from '../../src/admission/counters.js';
import { Exemptions } from '../../src/admission/exemptions.js';
import { Incidents } from '../../src/admission/incident.js';
import { Policies, type Policy } from '../../src/admission/policy.js';
import type { AlertNotice, DisconnectOrder, DisconnectOutcome, Log } from '../../src/admission/ports.js';
import { sipAnswerOf } from '../../src/admission/reject-profile.js';
import { Teardown } from '../../src/admission/teardown.js';
import { type TrunkSettings, Trunks } from '../../src/admission/trunks.js';
import { CallerWindow } from '../../src/detection/caller-window.js';
import { NumberKeys } from '../../src/detection/number-keys.js';

export const B = '+2348099999999';

export const POLICY: Policy = {
  windowMs: 5_000,
  threshold: 5,
  cooldownMs: 30_000,
  enforcement: 'enforce',
  autoBlock: false,
  blockMs: 86_400_000,
  autoDisconnect: false,
  anonymousCallers: 'per-source',
};

export interface FixtureOptions {
  readonly policy?: Partial<Policy>;
  readonly trunks?: readonly TrunkSettings[];
  readonly capacity?: number;
  readonly attemptCapacity?: number;
  /** Further window lengths that policies set later will use. */
  readonly windowsMs?: readonly number[];
  readonly disconnect?: (order: DisconnectOrder) => Promise<DisconnectOutcome>;
}

export interface LogLine {
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

export function recordingLog(lines: LogLine[]): Log {
  const record = (fields: object, message: string): void =>
    void lines.push({ fields: fields as Record<string, unknown>, message });
  return { debug: record, info: record, warn: record, error: record };
}

export class AdmissionFixture {
  readonly state: AdmissionState;
  readonly calls: Calls;
  readonly alerts: { readonly event: string; readonly notice: AlertNotice }[] = [];
  readonly orders: DisconnectOrder[] = [];
  readonly logged: LogLine[] = [];
  readonly aftermath: Aftermath;
  now = 1_000_000;
  readonly #check: CallCheck;
  readonly #reports: CallReports;
  readonly #deferred: (() => void)[] = [];
  #nextCall = 0;

  constructor(options: FixtureOptions = {}) {
    const keys = new NumberKeys();
    const counters = new CheckCounters();
    const policies = new Policies({ ...POLICY, ...options.policy }, keys);
    const windowsMs = [...policies.windowsMs, ...(options.windowsMs ?? [])];
    const window = new CallerWindow({ capacity: options.capacity ?? 10_000, windowsMs, keys, seed: 7 });
    const attempts = new AttemptMemory(options.attemptCapacity ?? 40_000, keys, 7);
    const [allowlist, blocks, incidents] = [new Allowlist(keys), new Blocks(keys), new Incidents(keys)];
    const trunks = new Trunks(options.trunks ?? [], '608', '');
    const log = recordingLog(this.logged);
    this.calls = new Calls(attempts, keys);
    const teardown = new Teardown({
      controls: [{ name: 'test', disconnect: (order) => this.#disconnect(order, options.disconnect) }],
      answer: sipAnswerOf('608', ''),
      log,
      settled: () => undefined,
      now: () => this.now,
      sleep: () => Promise.resolve(),
      random: () => 0.5,
    });
    const alert = (event: string) => (notice: AlertNotice) => void this.alerts.push({ event, notice });
    const alerts = { opened: alert('opened'), grew: alert('grew'), ended: alert('ended') };
    const defer = (work: () => void): void => void this.#deferred.push(work);
    const { calls } = this;
    this.aftermath = new Aftermath({
      keys,
      window,
      allowlist,
      blocks,
      calls,
      teardown,
      alerts,
      counters,
      log,
      defer,
    });
    const exemptions = new Exemptions(['112', '911', '000', '0800112233']);
    this.state = {
      keys,
      window,
      attempts,
      policies,
      allowlist,
      blocks,
      incidents,
      trunks,
      exemptions,
      counters,
      aftermath: this.aftermath,
    };
    this.#check = new CallCheck(this.state);
    this.#reports = new CallReports(this.state, this.calls, teardown);
  }

  #disconnect(
    order: DisconnectOrder,
    behave?: (order: DisconnectOrder) => Promise<DisconnectOutcome>,
  ): Promise<DisconnectOutcome> {
    this.orders.push(order);
    return behave === undefined ? Promise.resolve('ended') : behave(order);
  }

  /** An attempt from A to B, a new call unless it says otherwise. */
  attempt(aNumber: string, overrides: Partial<CallAttempt> = {}): CallAttempt {
    const callId = `call-${this.#nextCall++}`;
    return {
      callId,
      fromTag: 'tag',
      aNumber,
      bNumber: B,
      sourceIp: '10.0.0.1',
      switchId: 'sw',
      trunk: '',
      emergency: false,
      ...overrides,
    };
  }

  check(aNumber: string, overrides: Partial<CallAttempt> = {}): CheckedCall {
    return this.#check.check(this.attempt(aNumber, overrides), this.now);
  }

  /** Checks calls from `count` different callers, one after the other at the same time. */
  attack(count: number, overrides: Partial<CallAttempt> = {}): CheckedCall[] {
    return Array.from({ length: count }, (_, i) =>
      this.check(`+23480300000${String(i).padStart(2, '0')}`, overrides),
    );
  }

  report(aNumber: string, callId: string, overrides: Partial<CallReport> = {}): boolean {
    return this.#reports.report(
      { ...this.attempt(aNumber, { callId }), state: 'ringing', ageMs: 0, ...overrides },
      this.now,
    );
  }

  /** Does what was put off until after the answer. */
  settle(): void {
    for (let work = this.#deferred.shift(); work !== undefined; work = this.#deferred.shift()) work();
  }
}
