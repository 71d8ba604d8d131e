/** Admission put together for a test: real parts, a clock that the test moves, and recorders where adapters would be. */
import { Aftermath } from '../../src/admission/aftermath.js';
import { Allowlist } from '../../src/admission/allowlist.js';
import { AttemptMemory } from '../../src/admission/attempt-memory.js';
import { Blocks } from '../../src/admission/blocks.js';
import { Bookkeeping } from '../../src/admission/bookkeeping.js';
import type { CallAttempt } from '../../src/admission/call-attempt.js';
import { CallIntake } from '../../src/admission/call-intake.js';
import { CallJournal } from '../../src/admission/call-journal.js';
import { type CallReport, CallReports } from '../../src/admission/call-reports.js';
import { Calls } from '../../src/admission/calls.js';
import { type AdmissionState, CallCheck } from '../../src/admission/check-call.js';
import type { CheckedCall } from '../../src/admission/checked-call.js';
import { CheckCounters } from '../../src/admission/counters.js';
import type { DisconnectOrder, DisconnectOutcome } from '../../src/admission/disconnect.js';
import type { BlockNews } from '../../src/admission/exchange-ports.js';
import { Exemptions } from '../../src/admission/exemptions.js';
import { type Incident, Incidents } from '../../src/admission/incident.js';
import { Peers } from '../../src/admission/peers.js';
import { Policies, type PolicyTerms } from '../../src/admission/policy.js';
import type { AlertNotice, Log, WallClock } from '../../src/admission/ports.js';
import { sipAnswerOf } from '../../src/admission/reject-profile.js';
import { RuleBook } from '../../src/admission/rule-book.js';
import { RuleKeys } from '../../src/admission/rule-keys.js';
import type { RuleChanges } from '../../src/admission/stored-rules.js';
import { Teardown } from '../../src/admission/teardown.js';
import { Tokens } from '../../src/admission/tokens.js';
import { type TrunkSettings, Trunks } from '../../src/admission/trunks.js';
import { CallerWindow } from '../../src/detection/caller-window.js';
import { NumberKeys } from '../../src/detection/number-keys.js';
import { RecordingRecorder } from './recording-recorder.js';

export const B = '+2348099999999';

const EPOCH = Date.UTC(2026, 0, 1);

export const POLICY: Required<PolicyTerms> = {
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
  readonly policy?: PolicyTerms;
  readonly trunks?: readonly TrunkSettings[];
  readonly capacity?: number;
  readonly attemptCapacity?: number;
  /** Turns number privacy on. */
  readonly fingerprint?: (canonical: string) => string;
  /** Writes down calls that nothing speaks against, too. */
  readonly recordAll?: boolean;
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

const NO_CHANGES: RuleChanges = {
  policies: [],
  removedPolicies: [],
  allowlist: [],
  removedAllowlist: [],
  blocks: [],
  removedBlocks: [],
  settledAlerts: [],
  tokens: [],
  enforcement: { on: true, author: '', reason: '', changedAt: undefined },
};

export class AdmissionFixture {
  readonly state: AdmissionState;
  readonly calls: Calls;
  readonly alerts: { readonly event: string; readonly notice: AlertNotice }[] = [];
  /** Alerts that were settled while their incidents were open. */
  readonly settled: string[] = [];
  readonly peers = new Peers(50);
  readonly orders: DisconnectOrder[] = [];
  /** Blocks that others are to be told of. */
  readonly blocked: BlockNews[] = [];
  readonly logged: LogLine[] = [];
  readonly aftermath: Aftermath;
  readonly book: RuleBook;
  readonly tokens = new Tokens();
  readonly records = new RecordingRecorder();
  now = 1_000_000;
  /** The date of the monotonic zero. */
  readonly wallClock: WallClock = {
    dateOf: (ms) => new Date(EPOCH + ms),
    monotonicMsOf: (date) => date.getTime() - EPOCH,
  };
  readonly teardown: Teardown;
  readonly intake: CallIntake;
  readonly reports: CallReports;
  readonly #check: CallCheck;
  readonly #deferred: (() => void)[] = [];
  #nextCall = 0;

  constructor(options: FixtureOptions = {}) {
    const keys = new NumberKeys();
    const ruleKeys = new RuleKeys(keys, options.fingerprint);
    const counters = new CheckCounters();
    const policies = new Policies({ ...POLICY, ...options.policy }, keys, ruleKeys);
    const window = new CallerWindow({
      capacity: options.capacity ?? 10_000,
      windowsMs: policies.windowsMs,
      keys,
      seed: 7,
    });
    const attempts = new AttemptMemory(options.attemptCapacity ?? 40_000, keys, 7);
    const allowlist = new Allowlist(keys, ruleKeys);
    const blocks = new Blocks(ruleKeys, 7, 10_000);
    const incidents = new Incidents(keys, ruleKeys);
    const trunks = new Trunks(options.trunks ?? [], '608', '');
    const log = recordingLog(this.logged);
    this.calls = new Calls(attempts, keys);
    const { calls, wallClock } = this;
    const bookkeeping = new Bookkeeping({ keys, window, wallClock, recorder: this.records });
    this.teardown = new Teardown({
      calls,
      controls: [
        {
          name: 'test',
          carries: () => true,
          disconnect: (order) => this.#disconnect(order, options.disconnect),
        },
      ],
      answer: sipAnswerOf('608', ''),
      log,
      settled: (order, control, outcome) => bookkeeping.recordDisconnect(order, control, outcome, this.now),
      now: () => this.now,
      sleep: () => Promise.resolve(),
      random: () => 0.5,
    });
    const { teardown } = this;
    const alert = (event: string) => (notice: AlertNotice) => void this.alerts.push({ event, notice });
    const alerts = { opened: alert('opened'), grew: alert('grew'), ended: alert('ended') };
    const defer = (work: () => void): void => void this.#deferred.push(work);
    this.aftermath = new Aftermath({
      keys,
      window,
      allowlist,
      blocks,
      calls,
      teardown,
      alerts,
      bookkeeping,
      counters,
      log,
      blocked: (block) => void this.blocked.push(block),
      defer,
    });
    const alertChanges = { settled: (incident: Incident) => void this.settled.push(incident.alertId) };
    this.book = new RuleBook({
      policies,
      allowlist,
      blocks,
      incidents,
      tokens: this.tokens,
      window,
      wallClock,
      alertChanges,
      defer,
    });
    this.book.markLoaded();
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
      peers: this.peers,
      counters,
      aftermath: this.aftermath,
      journal: options.recordAll
        ? new CallJournal({ keys, bookkeeping, recorder: this.records, defer })
        : undefined,
      rules: this.book,
    };
    this.#check = new CallCheck(this.state);
    this.reports = new CallReports(this.state, this.calls, teardown);
    this.intake = new CallIntake({
      callCheck: this.#check,
      callReports: this.reports,
      calls,
      teardown,
      state: this.state,
      nowMs: () => this.now,
    });
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
    return this.reports.report(
      { ...this.attempt(aNumber, { callId }), state: 'ringing', ageMs: 0, ...overrides },
      this.now,
    );
  }

  /** Policies, allowlist entries, blocks and the rest come from the store. */
  apply(changes: Partial<RuleChanges>): void {
    this.book.apply({ ...NO_CHANGES, ...changes });
  }

  /** Lets incidents cool down. */
  sweep(): void {
    this.aftermath.ended(this.state.incidents.sweep(this.now, this.state.policies.fallback));
  }

  /** Does what was put off until after the answer. */
  settle(): void {
    for (let work = this.#deferred.shift(); work !== undefined; work = this.#deferred.shift()) work();
  }
}
