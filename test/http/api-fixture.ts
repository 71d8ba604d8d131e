/** The API on a real HTTP server, over admission with a clock that the test moves and a store in memory. */
import type { AddressInfo } from 'node:net';
import { AlertDesk } from '../../src/admission/alert-desk.js';
import { AlertEvents } from '../../src/admission/alert-events.js';
import { CallReports } from '../../src/admission/call-reports.js';
import { CallCheck } from '../../src/admission/check-call.js';
import { EventFeed } from '../../src/admission/event-feed.js';
import { RuleDesk } from '../../src/admission/rule-desk.js';
import type { Teardown } from '../../src/admission/teardown.js';
import type { ApiParts } from '../../src/http/api.js';
import { feedFrame } from '../../src/http/event-frames.js';
import { EventStreams } from '../../src/http/event-streams.js';
import { startHttpServer } from '../../src/http/server.js';
import type { TlsMaterial } from '../../src/tls.js';
import { AdmissionFixture, recordingLog } from '../admission/admission-fixture.js';
import { HttpClient } from '../support/http-client.js';
import { MemoryAlertStore, MemoryRuleStore } from '../support/memory-store.js';

export interface ApiFixture {
  readonly admission: AdmissionFixture;
  readonly alerts: MemoryAlertStore;
  readonly rules: MemoryRuleStore;
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

/** What the routes rest on. Nothing is torn down. */
export function apiPartsOf(
  admission: AdmissionFixture,
  alerts: MemoryAlertStore,
  rules: MemoryRuleStore,
  { feed, streams: events } = eventsOf(admission),
): ApiParts {
  const now = (): Date => admission.wallClock.dateOf(admission.now);
  const { state, calls, book, wallClock } = admission;
  const ruleDesk = new RuleDesk({
    store: rules,
    watch: { catchUp: async () => undefined },
    book,
    recorder: admission.records,
    now,
  });
  return {
    admission: {
      callCheck: new CallCheck(state),
      callReports: new CallReports(state, calls, { order: () => undefined } as unknown as Teardown),
      calls,
      state,
    },
    alerts: new AlertDesk(alerts, ruleDesk, now, new AlertEvents(feed, now)),
    rules: ruleDesk,
    events,
    nowMs: () => admission.now,
    now,
    wallClock,
    version: '1.2.3',
  };
}

export async function startApi(tls?: TlsMaterial): Promise<ApiFixture> {
  const admission = new AdmissionFixture();
  const alerts = new MemoryAlertStore();
  const rules = new MemoryRuleStore(() => admission.wallClock.dateOf(admission.now));
  const events = eventsOf(admission);
  const server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    tls,
    health: () => ({ status: 'ok', timestamp: '2026-11-22T10:00:00.000Z', version: '1.2.3', stats: {} }),
    metrics: async () => '',
    api: apiPartsOf(admission, alerts, rules, events),
    log: recordingLog(admission.logged),
  });
  const { port } = server.server.address() as AddressInfo;
  const client = new HttpClient(`http://127.0.0.1:${port}`);
  return { admission, alerts, rules, ...events, client, port, stop: () => server.close() };
}
