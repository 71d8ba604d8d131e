/** A sidecar that exchanges news: an admission with all that hears and tells, and a wire that the test holds in its hands. */
import { randomUUID } from 'node:crypto';
import type { CallAttempt } from '../../src/admission/call-attempt.js';
import type { CheckedCall } from '../../src/admission/checked-call.js';
import type { SidecarNews } from '../../src/admission/exchange-ports.js';
import { IncidentNews } from '../../src/admission/incident-news.js';
import { OwnNews } from '../../src/admission/own-news.js';
import { PeerNews } from '../../src/admission/peer-news.js';
import { SpreadAttacks } from '../../src/admission/spread-attacks.js';
import { AdmissionFixture, B, type FixtureOptions } from './admission-fixture.js';

export const GRACE_MS = 200;

/** News on its way. */
export interface Delta {
  readonly from: SidecarFixture;
  readonly number: number;
  readonly news: SidecarNews;
}

export interface SidecarOptions extends FixtureOptions {
  /** By how much its idea of the common clock is wrong. */
  readonly clockErrorMs?: number;
}

export class SidecarFixture {
  readonly peer = { id: randomUUID(), name: 'sidecar' };
  readonly admission: AdmissionFixture;
  readonly incidentNews: IncidentNews;
  readonly attacks: SpreadAttacks;
  readonly peerNews: PeerNews;
  /** How often it was told to look for rules. */
  rulesChanged = 0;
  rulesRevision = 0;
  readonly #ownNews: OwnNews;
  readonly #clockErrorMs: number;
  #number = 0;

  constructor(options: SidecarOptions = {}) {
    this.admission = new AdmissionFixture(options);
    this.#clockErrorMs = options.clockErrorMs ?? 0;
    const { state, aftermath, peers } = this.admission;
    const now = (): number => this.admission.now;
    const { incidents } = state;
    this.incidentNews = new IncidentNews({ incidents, now });
    this.#ownNews = new OwnNews({
      ...state,
      incidents: this.incidentNews,
      rulesRevision: () => this.rulesRevision,
      now,
    });
    this.attacks = new SpreadAttacks({ ...state, aftermath, graceMs: GRACE_MS, random: () => 0.5 });
    this.peerNews = new PeerNews({
      ...state,
      aftermath,
      attacks: this.attacks,
      peers,
      rulesChanged: () => void this.rulesChanged++,
      now,
    });
  }

  get now(): number {
    return this.admission.now;
  }

  set now(ms: number) {
    this.admission.now = ms;
  }

  /** Checks a call, and has its switch report it if it goes on. */
  call(aNumber: string, overrides: Partial<CallAttempt> = {}): CheckedCall {
    const attempt = this.admission.attempt(aNumber, { callId: randomUUID(), ...overrides });
    const checked = this.admission.check(aNumber, attempt);
    if (checked.decision !== 'reject') this.admission.report(aNumber, attempt.callId, attempt);
    this.settle();
    return checked;
  }

  /** Collects what is new, as if it had been stored. */
  publish(): Delta {
    this.settle();
    const { news } = this.#ownNews.collect(1_000_000);
    this.#ownNews.published();
    const { count, bKeys, aKeys, timesMs, named } = news.observations;
    const observations = {
      count,
      bKeys: bKeys.slice(0, count),
      aKeys: aKeys.slice(0, count),
      timesMs: timesMs.slice(0, count),
      named,
    };
    return { from: this, number: ++this.#number, news: { ...news, observations } };
  }

  rewind(): void {
    this.#ownNews.rewind();
  }

  hear({ from, number, news }: Delta, isBacklog = false): void {
    const errorMs = this.#clockErrorMs - from.#clockErrorMs;
    this.peerNews.hear(from.peer, number, shifted(news, errorMs), isBacklog);
    this.settle();
  }

  /** What follows the answers. Blocks that were made here are to be told. */
  settle(): void {
    this.admission.settle();
    for (const block of this.admission.blocked.splice(0)) this.incidentNews.blocked(block);
  }

  /** The id that verdicts answer for a B-number that is under attack. */
  alertId(bNumber = B): string | undefined {
    const { keys, incidents } = this.admission.state;
    const bKey = keys.acquire(bNumber);
    const alertId = incidents.find(bKey, this.now)?.alertId;
    keys.release(bKey);
    return alertId;
  }

  /** How often people were told that an attack has begun. */
  get opened(): number {
    return this.admission.alerts.filter(({ event }) => event === 'opened').length;
  }
}

/** Everybody hears everything, until nobody has anything more to tell. All tell before anybody hears. */
export function exchangeAll(sidecars: readonly SidecarFixture[]): void {
  for (let round = 0; round < 4; round++) {
    pass(sidecars, 1);
    const deltas = sidecars.map((each) => each.publish());
    for (const delta of deltas) for (const each of sidecars) if (each !== delta.from) each.hear(delta);
  }
}

/** Time passes for all. */
export function pass(sidecars: readonly SidecarFixture[], ms: number): void {
  for (const each of sidecars) {
    each.now += ms;
    each.peerNews.tick(each.now);
    each.settle();
  }
}

function shifted(news: SidecarNews, ms: number): SidecarNews {
  const { observations, blocks, incidents, rulesRevision } = news;
  return {
    observations: {
      ...observations,
      timesMs: observations.timesMs.map((timeMs) => timeMs + ms),
      named: observations.named.map((each) => ({ ...each, timeMs: each.timeMs + ms })),
    },
    blocks: blocks.map((each) => ({ ...each, expiresMs: each.expiresMs + ms })),
    incidents: incidents.map((each) => ({
      ...each,
      openedMs: each.openedMs + ms,
      lastDetectionMs: each.lastDetectionMs + ms,
    })),
    rulesRevision,
  };
}
