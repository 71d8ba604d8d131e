/** The API on a real HTTP server, over admission with a clock that the test moves and a store in memory. */
import type { AddressInfo } from 'node:net';
import { AlertDesk } from '../../src/admission/alert-desk.js';
import { AlertEvents } from '../../src/admission/alert-events.js';
import { AuditDesk } from '../../src/admission/audit-desk.js';
import { Doorkeeper, type Identity } from '../../src/admission/doorkeeper.js';
import { EventFeed } from '../../src/admission/event-feed.js';
import { explainCall } from '../../src/admission/explain-call.js';
import { RuleDesk } from '../../src/admission/rule-desk.js';
import { TokenDesk } from '../../src/admission/token-desk.js';
import { SignedRequests } from '../../src/events/signed-requests.js';
import type { ApiParts } from '../../src/http/api.js';
import { feedFrame } from '../../src/http/event-frames.js';
import { EventStreams } from '../../src/http/event-streams.js';
import { startHttpServer } from '../../src/http/server.js';
import type { TlsMaterial } from '../../src/tls.js';
import { AdmissionFixture, recordingLog } from '../admission/admission-fixture.js';
import { callDesksOf } from '../support/call-desks.js';
import { HttpClient } from '../support/http-client.js';
import { MemoryAuditLog, MemoryTokenStore } from '../support/memory-access.js';
import { MemoryDeadLetterStore } from '../support/memory-dead-letters.js';
import { MemoryStatisticsStore, statisticsDeskOf } from '../support/memory-statistics.js';
import { MemoryAlertStore, MemoryRuleStore } from '../support/memory-store.js';

/** What whoever tells of fraud signs with. */
export const WEBHOOK_SECRET = 'a secret for tests only';

export interface ApiFixture {
  readonly admission: AdmissionFixture;
  readonly alerts: MemoryAlertStore;
  readonly rules: MemoryRuleStore;
  readonly tokens: MemoryTokenStore;
  readonly statistics: MemoryStatisticsStore;
  readonly letters: MemoryDeadLetterStore;
  readonly audit: MemoryAuditLog;
  readonly feed: EventFeed;
  readonly streams: EventStreams;
  readonly client: HttpClient;
  readonly port: number;
  stop(): Promise<void>;
}

/** A feed and its streams, in the time of the test; rounds come in real time, and quickly. */
function eventsOf(admission: AdmissionFixture): { feed: EventFeed; streams: EventStreams } {
  const nowMs = (): number => admission.now;
  const feed = new EventFeed({ life: 'life', encode: feedFrame, nowMs });
  const streams = new EventStreams({
    feed,
    log: recordingLog(admission.logged),
    nowMs,
    later: (work) => void setTimeout(work, 2).unref(),
    random: () => 0.5,
  });
  return { feed, streams };
}

/** What the routes rest on. */
export function apiPartsOf(
  admission: AdmissionFixture,
  alerts: MemoryAlertStore,
  rules: MemoryRuleStore,
  tokens = new MemoryTokenStore(admission.tokens),
  identities: readonly Identity[] = [],
  statistics = new MemoryStatisticsStore(),
  letters = new MemoryDeadLetterStore(),
  { feed, streams: events } = eventsOf(admission),
  audit = new MemoryAuditLog(),
): ApiParts {
  const now = (): Date => admission.wallClock.dateOf(admission.now);
  const { state, calls, book, wallClock } = admission;
  const watch = { revision: 0, catchUp: async () => undefined };
  const ruleDesk = new RuleDesk({
    store: rules,
    watch,
    book,
    recorder: admission.records,
    now,
  });
  const alertDesk = new AlertDesk(alerts, ruleDesk, now, new AlertEvents(feed, now));
  const statisticsDesk = statisticsDeskOf({
    counters: state.counters,
    calls,
    policies: state.policies,
    alerts,
    store: statistics,
    now,
  });
  return {
    ...callDesksOf(admission, {
      acts: audit,
      alertDesk,
      alerts,
      statistics: statisticsDesk,
      store: statistics,
    }),
    signatures: new SignedRequests(WEBHOOK_SECRET, () => now().getTime()),
    admission,
    alerts: alertDesk,
    rules: ruleDesk,
    keeper: new Doorkeeper(admission.tokens, identities, () => now().getTime()),
    tokens: new TokenDesk(tokens, watch, now),
    audit: new AuditDesk(audit),
    statistics: statisticsDesk,
    inForce: {
      enforcement: () => state.policies.enforcement,
      explain: (call) => explainCall(state, call, admission.now),
    },
    webhooks: letters.desk(now),
    events,
    nowMs: () => admission.now,
    now,
    wallClock,
    version: '1.2.3',
  };
}

export interface ApiOptions {
  readonly tls?: TlsMaterial;
  readonly identities?: readonly Identity[];
  readonly corsOrigins?: readonly string[];
  readonly admission?: AdmissionFixture;
}

export async function startApi({
  tls,
  identities = [],
  corsOrigins = [],
  admission = new AdmissionFixture(),
}: ApiOptions = {}): Promise<ApiFixture> {
  const alerts = new MemoryAlertStore();
  const tokens = new MemoryTokenStore(admission.tokens);
  const rules = new MemoryRuleStore(() => admission.wallClock.dateOf(admission.now));
  const statistics = new MemoryStatisticsStore();
  const letters = new MemoryDeadLetterStore();
  const events = eventsOf(admission);
  const audit = new MemoryAuditLog();
  const server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    tls,
    corsOrigins,
    health: () => ({ status: 'ok', timestamp: '2026-11-22T10:00:00.000Z', version: '1.2.3', stats: {} }),
    metrics: async () => '',
    api: apiPartsOf(admission, alerts, rules, tokens, identities, statistics, letters, events, audit),
    log: recordingLog(admission.logged),
  });
  const { port } = server.server.address() as AddressInfo;
  const client = new HttpClient(`http://127.0.0.1:${port}`);
  return {
    admission,
    alerts,
    rules,
    tokens,
    statistics,
    letters,
    audit,
    ...events,
    client,
    port,
    stop: () => server.close(),
  };
}
