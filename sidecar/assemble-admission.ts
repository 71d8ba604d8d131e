/** Everything between the request and the verdict, and what follows it, put together; adapters come in as ports. */
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Aftermath } from '../src/admission/aftermath.js';
import { Allowlist } from '../src/admission/allowlist.js';
import { ATTEMPT_MS, AttemptMemory } from '../src/admission/attempt-memory.js';
import { Blocks } from '../src/admission/blocks.js';
import { Bookkeeping } from '../src/admission/bookkeeping.js';
import { CallIntake } from '../src/admission/call-intake.js';
import { CallJournal } from '../src/admission/call-journal.js';
import { CallReadback } from '../src/admission/call-readback.js';
import { CallReports } from '../src/admission/call-reports.js';
import { Calls } from '../src/admission/calls.js';
import { CallCheck } from '../src/admission/check-call.js';
import { CheckTimeline } from '../src/admission/check-timeline.js';
import { CheckCounters } from '../src/admission/counters.js';
import type { DisconnectOrder, DisconnectOutcome } from '../src/admission/disconnect.js';
import { Incidents } from '../src/admission/incident.js';
import { IncidentNews } from '../src/admission/incident-news.js';
import type { Conceal } from '../src/admission/number-privacy.js';
import { OwnNews } from '../src/admission/own-news.js';
import { PeerNews } from '../src/admission/peer-news.js';
import { Peers } from '../src/admission/peers.js';
import { Policies } from '../src/admission/policy.js';
import type { AlertChanges, Alerts, Log, SwitchControl, WallClock } from '../src/admission/ports.js';
import { sipAnswerOf } from '../src/admission/reject-profile.js';
import { RuleBook } from '../src/admission/rule-book.js';
import { RuleKeys } from '../src/admission/rule-keys.js';
import { SpreadAttacks } from '../src/admission/spread-attacks.js';
import type { Recorder } from '../src/admission/store-ports.js';
import { Teardown } from '../src/admission/teardown.js';
import { Tokens } from '../src/admission/tokens.js';
import type { Config } from '../src/config.js';
import { CallerWindow } from '../src/detection/caller-window.js';
import { NumberKeys } from '../src/detection/number-keys.js';
import { exemptionsOf, policyOf, trunksOf } from './config-slices.js';

/** Most attempts remembered: 32 s of 300,000 calls a second, 720 MB once they have all been used. */
const ATTEMPTS_MAX = 10_000_000;
/** How long the news of an attack is waited for that another sidecar should tell of. */
const GRACE_MS_MIN = 200;
const GRACE_INTERVALS = 4;

export interface AdmissionPorts {
  readonly log: Log;
  readonly alerts: Alerts;
  readonly alertChanges: Pick<AlertChanges, 'settled'>;
  readonly recorder: Recorder;
  /** Ways of ending a call, the preferred one first. */
  readonly controls: readonly SwitchControl[];
  readonly settled: (order: DisconnectOrder, control: string, outcome: DisconnectOutcome) => void;
  /** Absent where numbers are stored as they are. */
  readonly fingerprint: Conceal | undefined;
  /** Monotonic, whole milliseconds. */
  readonly now: () => number;
  /** The same clock, with fractions. */
  readonly nowMs: () => number;
  readonly wallClock: WallClock;
  /** Another sidecar has changed rules or alerts in the store, which is at this revision by its word. */
  readonly rulesChanged: (revision: number) => void;
  /** How far this sidecar has heard of its store's rules. */
  readonly rulesRevision: () => number;
}

export type Admission = ReturnType<typeof assembleAdmission>;

export function assembleAdmission(config: Config, ports: AdmissionPorts) {
  const { log, recorder, wallClock, now } = ports;
  const core = assembleCore(config, ports);
  const { keys, window, policies, incidents, attempts, allowlist, blocks, counters } = core;
  const defer = (work: () => void): void => void setImmediate(work);
  const bookkeeping = new Bookkeeping({ keys, window, wallClock, recorder });
  const calls = new Calls(attempts, keys);
  const teardown = new Teardown({
    controls: ports.controls,
    calls,
    answer: sipAnswerOf(config.rejectProfile, config.rejectUrl),
    log,
    settled: (order, control, outcome) => {
      ports.settled(order, control, outcome);
      bookkeeping.recordDisconnect(order, control, outcome, now());
    },
    now,
    sleep: (ms) => sleep(ms, undefined, { ref: false }),
    random: Math.random,
  });
  const incidentNews = new IncidentNews({ incidents, now });
  const aftermath = new Aftermath({
    keys,
    window,
    allowlist,
    blocks,
    calls,
    teardown,
    alerts: ports.alerts,
    bookkeeping,
    counters,
    log,
    blocked: config.lumaHost === '' ? () => undefined : (block) => incidentNews.blocked(block),
    defer,
  });
  const attacks = new SpreadAttacks({
    ...core,
    aftermath,
    graceMs: Math.max(GRACE_MS_MIN, GRACE_INTERVALS * config.reconcileIntervalMs),
    random: Math.random,
  });
  const peerNews = new PeerNews({ ...core, aftermath, attacks, rulesChanged: ports.rulesChanged, now });
  const tokens = new Tokens();
  const { alertChanges } = ports;
  const book = new RuleBook({
    policies,
    allowlist,
    blocks,
    incidents,
    tokens,
    window,
    wallClock,
    alertChanges,
    defer,
  });
  const journal =
    config.recordCalls === 'all' ? new CallJournal({ keys, bookkeeping, recorder, defer }) : undefined;
  const state = { ...core, aftermath, journal, rules: book };
  const timeline = new CheckTimeline(counters, recorder, wallClock.dateOf(now()));
  const callCheck = new CallCheck(state);
  const callReports = new CallReports(state, calls, teardown);
  return {
    state,
    callCheck,
    callReports,
    intake: new CallIntake({ callCheck, callReports, calls, teardown, state, nowMs: ports.nowMs }),
    readback: new CallReadback({ callReports, calls, now, log }),
    book,
    calls,
    teardown,
    tokens,
    timeline,
    peerNews,
    incidentNews,
    ownNews: new OwnNews({ window, keys, incidents: incidentNews, rulesRevision: ports.rulesRevision, now }),
    stats: () => ({
      window_pairs: window.livePairs,
      calls_in_progress: calls.size,
      incidents_open: incidents.open,
      blocks: blocks.size,
      allowlist_entries: allowlist.size,
      policies: policies.overrides,
    }),
    sweep: () => {
      const nowMs = now();
      window.advance(nowMs);
      blocks.sweep(nowMs);
      allowlist.sweep(nowMs);
      calls.sweep(nowMs);
      peerNews.tick(nowMs);
      core.peers.sweep(nowMs);
      aftermath.ended(incidents.sweep(nowMs, policies.fallback));
      timeline.advance(wallClock.dateOf(nowMs));
    },
  };
}

/** What a check reads and writes. */
function assembleCore(config: Config, { fingerprint }: AdmissionPorts) {
  const seed = randomInt(2 ** 32) | 0;
  const keys = new NumberKeys();
  const ruleKeys = new RuleKeys(keys, fingerprint);
  const policies = new Policies(policyOf(config), keys, ruleKeys);
  const window = new CallerWindow({
    capacity: config.windowCapacity,
    windowsMs: policies.windowsMs,
    keys,
    seed,
  });
  return {
    keys,
    window,
    policies,
    attempts: new AttemptMemory(attemptCapacityOf(config), keys, seed),
    allowlist: new Allowlist(keys, ruleKeys),
    blocks: new Blocks(ruleKeys, seed),
    incidents: new Incidents(keys, ruleKeys),
    trunks: trunksOf(config),
    exemptions: exemptionsOf(config),
    peers: new Peers(config.reconcileIntervalMs),
    counters: new CheckCounters(),
  };
}

/** Room for as many attempts as come, in the time for which they are remembered, at the rate that fills the window. */
function attemptCapacityOf({ windowCapacity, windowSeconds }: Config): number {
  return Math.min(ATTEMPTS_MAX, Math.ceil((windowCapacity * ATTEMPT_MS) / (windowSeconds * 1000)));
}
